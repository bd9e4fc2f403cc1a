"""Who listens to a stream, and who is that still after rights changed? By token, by session, or as anybody."""

import time
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIRequest

from realtime.authentication.admission import anonymous_principal, principal_again, principal_of_token
from realtime.authentication.credentials import credentials_of
from realtime.authentication.errors import AuthenticationFailed, NoNegocio
from realtime.authentication.own import PAGE_LIFETIME
from realtime.authentication.principal import NOBODY, Principal
from realtime.authentication.session import principal_of_person
from realtime.tenancy import Person, tenancy


class NoToken(AuthenticationFailed):
    """A token is needed"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who was let in. `until`: Unix seconds, None for ever; `person`: whose session it was, where it was one."""

    principal: Principal
    host: str
    until: float | None
    person: Person | None = None

    async def again(self) -> Principal:
        """The same caller as judged now; raises AuthenticationFailed."""
        if self.person is None:
            return await principal_again(self.principal, tenancy, self.host, "")
        principal = await principal_of_person(self.person, tenancy)
        if not principal.holds:
            raise NoNegocio
        return principal


async def caller_of(request: ASGIRequest) -> Caller:
    """The caller: `Authorization: Bearer`, else `?token=`, else the session, else anybody, where that is allowed.

    Raises AuthenticationFailed.
    """
    credentials = credentials_of(dict(request.scope))
    if credentials.token is not None:
        principal = await principal_of_token(credentials.token, tenancy, credentials.host, "", credentials.user)
        return Caller(principal, credentials.host, principal.expires_at)
    user: AbstractBaseUser | AnonymousUser = await request.auser()
    if user.is_authenticated:
        person = Person(str(user.pk), own=True)
        principal = await principal_of_person(person, tenancy)
        # It comes back by itself, if it is still logged in.
        return Caller(principal, credentials.host, time.time() + PAGE_LIFETIME.total_seconds(), person)
    principal = await anonymous_principal(tenancy, credentials.host, "")
    if principal is NOBODY:
        raise NoToken
    return Caller(principal, credentials.host, None)
