"""Which principal is behind a browser's session?"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from realtime.authentication.principal import NOBODY, Principal, standing_of
from realtime.tenancy import Person, Tenancy


async def principal_of_session(user: AbstractBaseUser | AnonymousUser, tenancy: Tenancy) -> Principal:
    """The same principal as of a token of this user; NOBODY where nobody is logged in."""
    if not user.is_authenticated:
        return NOBODY
    person = Person(str(user.pk), own=True)
    roles = await tenancy.memberships(person)
    known = (await tenancy.directory()).by_code
    return Principal(
        user=person.id, holds={code: standing_of(role) for code, role in roles.items() if code in known}
    )
