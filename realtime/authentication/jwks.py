"""With which keys does the teams' authentication service sign? Its `/.well-known/jwks.json`, kept for a while."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

import httpx
import jwt
from django.conf import settings

from realtime.complaints import in_a_line

logger = logging.getLogger(__name__)

PATH = "/.well-known/jwks.json"
# Type of a key -> the algorithms that it may verify. Never an HMAC: a public key is no secret.
ALGORITHMS: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "EC": frozenset({"ES256", "ES384", "ES512"}),
    "OKP": frozenset({"EdDSA"}),
}
ASYMMETRIC = frozenset[str]().union(*ALGORITHMS.values())
# Seconds: so long keys are believed, so soon an unknown one is asked for again, so long an answer may take.
LIFETIME, PATIENCE, TIMEOUT = 600.0, 10.0, 3.0
MOST_BYTES = 256 * 1024


class Jwks:
    """The keys of one service. `clock` is monotonic seconds; `transport` is where tests answer."""

    def __init__(
        self,
        url: str,
        clock: Callable[[], float] = time.monotonic,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url, self._clock, self._transport = url.rstrip("/") + PATH, clock, transport
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def look_for(self, kid: str | None) -> None:
        """Have the key of that id, if the service has it: asked anew when it is unknown or the keys are old."""
        age = self._clock() - self._asked_at
        if age < PATIENCE or (kid in self._keys and age < LIFETIME):
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        await asyncio.shield(self._asking)

    def key(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key of that id that may verify by that algorithm; without an id, the only key there is."""
        if kid is None and len(self._keys) == 1:
            (key,) = self._keys.values()
        else:
            key = self._keys.get(kid)  # type: ignore[assignment]  # None is refused below
        if key is None or algorithm not in ALGORITHMS.get(str(key.key_type), ()):
            return None
        return key

    async def _ask(self) -> None:
        """What was known stays until there is an answer: a service that is away locks nobody out at once."""
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT, transport=self._transport) as http:
                answer = await http.get(self._url)
            answer.raise_for_status()
            if len(answer.content) > MOST_BYTES:
                raise ValueError(f"more than {MOST_BYTES} bytes")
            keys = [key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.key_type in ALGORITHMS]
            self._keys = {key.key_id: key for key in keys}
        except (httpx.HTTPError, jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            logger.warning("the keys of %s can't be read: %s", self._url, in_a_line(error))
        finally:
            self._asked_at = self._clock()


jwks: Jwks | None = Jwks(settings.AUTH_SERVICE_URL) if settings.AUTH_SERVICE_URL else None


async def look_for_key(token: str) -> None:
    """Before verify(): have the key that an asymmetric token names, where a service is configured."""
    if jwks is None or not token:
        return
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        return
    if header.get("alg") in ASYMMETRIC:
        await jwks.look_for(header.get("kid"))
