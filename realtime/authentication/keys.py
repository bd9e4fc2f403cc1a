"""Does a token verify, with which key, and so whose is it?

The platform's key is JWT_SECRET; each negocio has keys of its own. HMAC only: `none` and asymmetric algorithms are
refused whatever the token's header says, but for the public keys of AUTH_SERVICE_URL, which vouch as the platform's.
"""

import hmac
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from django.conf import settings
from jwt.warnings import InsecureKeyLengthWarning

from realtime.authentication import jwks
from realtime.authentication.errors import InvalidToken, UnknownKey
from realtime.tenancy import Directory

HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
ALGORITHMS = list(HASHES)
MOST_TOKEN = 8192
JWS = jwt.PyJWS()

# Old teams' secrets are short: the system check says so once, not every token.
warnings.filterwarnings("ignore", category=InsecureKeyLengthWarning)


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Claims that can be believed, and the negocio whose `key` vouches for them (None: the platform's)."""

    claims: Mapping[str, Any]
    negocio: str | None
    key: str = field(repr=False)

    @property
    def own(self) -> bool:
        """Of one of our own users? Nobody else's key makes one."""
        return self.negocio is None and self.key == settings.JWT_SECRET and _says_own(self.claims)


def verify(token: str, directory: Directory) -> VerifiedToken:
    """The claims of a token that verifies and hasn't expired; raises InvalidToken, UnknownKey.

    A negocio's own keys are tried first: should a team's secret equal the platform's, its tokens hold less, not more.
    """
    if not token or len(token) > MOST_TOKEN:
        raise InvalidToken
    try:
        unverified = JWS.decode_complete(token, options={"verify_signature": False})
        # Python's JSON, as PyJWT's: the wire's is stricter, and a name that was cut within an emoji makes no bad token.
        header, claims = unverified["header"], json.loads(unverified["payload"])
        hash_name = HASHES.get(str(header.get("alg")))
        message = token.rpartition(".")[0].encode("ascii")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise InvalidToken from None
    if not isinstance(claims, dict):
        raise InvalidToken
    if hash_name is None:
        return _of_service(token, header)
    for secret, code in _candidates(claims, directory):
        # Only which key it is; every other check, this one's too, is PyJWT's with that key alone.
        if hmac.compare_digest(hmac.digest(secret.encode(), message, hash_name), unverified["signature"]):
            return VerifiedToken(_checked(token, secret), code, secret)
    raise UnknownKey


def _of_service(token: str, header: Mapping[str, Any]) -> VerifiedToken:
    """By a public key of the authentication service, as far as it is known here."""
    algorithm = str(header.get("alg"))
    key = jwks.jwks.key(header.get("kid"), algorithm) if jwks.jwks is not None else None
    if key is None:
        raise InvalidToken
    return VerifiedToken(_checked(token, key.key, [algorithm]), None, "")


def _candidates(claims: Mapping[str, Any], directory: Directory) -> Iterator[tuple[str, str | None]]:
    """Every secret with its negocio's code: first those of the negocio that the token names, last the platform's."""
    named = str(claims.get("negocio_id", ""))
    yield from ((secret, code) for secret, code in directory.keys.items() if code == named)
    yield from ((secret, code) for secret, code in directory.keys.items() if code != named)
    yield settings.JWT_SECRET, None


def _checked(token: str, secret: Any, algorithms: Sequence[str] = ALGORITHMS) -> Mapping[str, Any]:
    options: Any = {
        "require": ["exp"], "verify_sub": False, "verify_jti": False, "verify_aud": False, "verify_iat": False,
    }  # fmt: skip
    try:
        claims = jwt.decode(token, secret, list(algorithms), options=options, leeway=settings.JWT_LEEWAY)
        own = _says_own(claims) and secret == settings.JWT_SECRET
        if claims.get("token_type") == "refresh" or not (own or _meant_for_us(claims)):
            raise InvalidToken
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        raise InvalidToken from None
    return claims


def _says_own(claims: Mapping[str, Any]) -> bool:
    says: bool = claims.get("iss") == settings.OWN_ISSUER
    return says


def _meant_for_us(claims: Mapping[str, Any]) -> bool:
    """Do `iss` and `aud` agree with what is configured?"""
    if settings.JWT_ISSUER and claims.get("iss") != settings.JWT_ISSUER:
        return False
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    return not settings.JWT_AUDIENCE or settings.JWT_AUDIENCE in audiences
