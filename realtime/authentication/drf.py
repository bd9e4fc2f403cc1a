"""Who calls an HTTP route? The same tokens as on the sockets."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed as Refused
from rest_framework.request import Request

from realtime.authentication.admission import principal_now
from realtime.authentication.credentials import bearer_token, host_name
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import Principal


class Caller:
    """What DRF calls a user: authenticated, and nothing more."""

    is_authenticated = True

    def __init__(self, principal: Principal) -> None:
        self.principal = principal


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`, else `?token=`."""

    def authenticate(self, request: Request) -> tuple[Caller, Principal] | None:
        token = bearer_token(request.headers.get("Authorization"))
        if token is None:
            token = request.query_params.get("token")
        if token is None:
            return None
        try:
            principal = principal_now(
                token, host_name(request.headers.get("Host", "")), self._dialect(request),
                request.headers.get("User-Id", ""),
            )  # fmt: skip
        except AuthenticationFailed as error:
            raise Refused(error.reason) from None
        return Caller(principal), principal

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _dialect(self, request: Request) -> str:
        match = request._request.resolver_match
        return str(match.kwargs.get("kind", "")) if match else ""
