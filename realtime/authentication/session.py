"""Which principal is behind a browser's session?"""

from asgiref.sync import async_to_sync
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from realtime.authentication.principal import NOBODY, Principal, standing_of
from realtime.tenancy import Person, Tenancy


def principal_of_session(user: AbstractBaseUser | AnonymousUser, tenancy: Tenancy) -> Principal:
    """The same principal as of a token of this user; NOBODY where nobody is logged in. From synchronous code."""
    if not user.is_authenticated:  # reads the session, so not on the event loop
        return NOBODY
    return async_to_sync(principal_of_person)(Person(str(user.pk), own=True), tenancy)


async def principal_of_person(person: Person, tenancy: Tenancy) -> Principal:
    """The same for one of our own users; it holds nothing where nobody of that key may."""
    roles = await tenancy.memberships(person)
    known = (await tenancy.directory()).by_code
    return Principal(user=person.id, holds={code: standing_of(role) for code, role in roles.items() if code in known})
