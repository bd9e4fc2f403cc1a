"""Does a token verify, with which key, and so whose is it?

The platform's key is JWT_SECRET; each negocio has keys of its own. HMAC only: `none` and asymmetric algorithms are
refused whatever the token's header says, but for the public keys of AUTH_SERVICE_URL, which vouch as the platform's.
"""

import hmac
import json
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings
from jwt.algorithms import HMACAlgorithm
from jwt.utils import base64url_decode
from jwt.warnings import InsecureKeyLengthWarning

from realtime.authentication import jwks
from realtime.authentication.errors import InvalidToken, UnknownKey
from realtime.authentication.signed import Signed, SignedTokens
from realtime.tenancy import Directory

HASHES = {"HS256": HMACAlgorithm.SHA256, "HS384": HMACAlgorithm.SHA384, "HS512": HMACAlgorithm.SHA512}
ALGORITHMS = list(HASHES)
MOST_TOKEN = 8192

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


class Candidates:
    """Every secret that may have signed a token. `found`: the one that did, and its negocio's code."""

    def __init__(self, directory: Directory) -> None:
        self.found: tuple[str, str | None] = ("", None)
        self._keys = directory.keys

    def signed(self, message: bytes, signature: bytes, hash: Any) -> bool:
        """Did one of them?"""
        for secret, code in self._in_order(message):
            if hmac.compare_digest(hmac.digest(secret.encode(), message, hash), signature):
                self.found = secret, code
                return True
        return False

    def _in_order(self, message: bytes) -> Iterator[tuple[str, str | None]]:
        """First those of the negocio that the token names, last the platform's."""
        if self._keys:
            named = _named(message)
            yield from ((secret, code) for secret, code in self._keys.items() if code == named)
            yield from ((secret, code) for secret, code in self._keys.items() if code != named)
        yield settings.JWT_SECRET, None


class AnyOf(HMACAlgorithm):
    """HMAC with whichever of the candidates it was. PyJWT's own takes one key, and the token apart for each."""

    def prepare_key(self, key: Any) -> Any:
        return key

    def check_key_length(self, key: Any) -> None:
        """Theirs are as long as they are."""

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        candidates: Candidates = key
        return candidates.signed(msg, sig, self.hash_alg)


_known = SignedTokens()
JWS = jwt.PyJWS(algorithms=[])
for _name, _hash in HASHES.items():
    JWS.register_algorithm(_name, AnyOf(_hash))


def verify(token: str, directory: Directory) -> VerifiedToken:
    """The claims of a token that verifies and hasn't expired; raises InvalidToken, UnknownKey.

    A negocio's own keys are tried first: should a team's secret equal the platform's, its tokens hold less, not more.
    """
    if not token or len(token) > MOST_TOKEN:
        raise InvalidToken
    try:
        keys = directory.keys, settings.JWT_SECRET
        signed = _known.find(token, *keys)
        if signed is None:
            signed = _signed(token, directory)
            _known.keep(token, signed, *keys)
        # Python's JSON, as PyJWT's: the wire's is stricter, and a name that was cut within an emoji makes no bad token.
        claims = json.loads(signed.payload)
    except jwt.InvalidAlgorithmError:
        return _of_service(token)
    except jwt.InvalidSignatureError:
        raise UnknownKey from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise InvalidToken from None
    if not (isinstance(claims, dict) and _is_secret(signed.secret) and _is_current(claims)):
        raise InvalidToken
    return VerifiedToken(_accepted(claims, signed.secret == settings.JWT_SECRET), signed.negocio, signed.secret)


def _signed(token: str, directory: Directory) -> Signed:
    """Raises what PyJWT raises."""
    candidates: Any = Candidates(directory)
    verified = JWS.decode_complete(token, candidates, ALGORITHMS)
    return Signed(verified["payload"], *candidates.found)


def _of_service(token: str) -> VerifiedToken:
    """By a public key of the authentication service, as far as it is known here."""
    if jwks.jwks is None:
        raise InvalidToken
    options: Any = {
        "require": ["exp"], "verify_sub": False, "verify_jti": False, "verify_aud": False, "verify_iat": False,
    }  # fmt: skip
    try:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        key = jwks.jwks.key(header.get("kid"), algorithm)
        if key is None:
            raise InvalidToken
        claims = jwt.decode(token, key.key, [algorithm], options=options, leeway=settings.JWT_LEEWAY)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        raise InvalidToken from None
    return VerifiedToken(_accepted(claims, False), None, "")


def _named(message: bytes) -> str:
    """The negocio that a token names which isn't verified yet."""
    try:
        claims = json.loads(base64url_decode(message.rpartition(b".")[2]))
        return str(claims.get("negocio_id", ""))
    except (ValueError, AttributeError, RecursionError):
        return ""


@lru_cache
def _is_secret(secret: str) -> bool:
    """No public key, certificate or JWK: those are no secrets, and PyJWT takes none for one."""
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except jwt.InvalidKeyError:
        return False
    return True


def _is_current(claims: Mapping[str, Any]) -> bool:
    """By `exp`, which has to be there, and `nbf`."""
    now, leeway = time.time(), settings.JWT_LEEWAY
    try:
        return int(claims["exp"]) > now - leeway and int(claims.get("nbf", 0)) <= now + leeway
    except (KeyError, ValueError, TypeError, OverflowError):
        return False


def _accepted(claims: Mapping[str, Any], by_platform: bool) -> Mapping[str, Any]:
    """Of a token for us, and one to come in with; raises InvalidToken for any other."""
    own = by_platform and _says_own(claims)
    if claims.get("token_type") == "refresh" or not (own or _meant_for_us(claims)):
        raise InvalidToken
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
