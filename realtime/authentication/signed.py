"""Has this very token verified before? Who comes back has the same, and thousands come back at once.

Only whose key it fits is remembered, as long as the keys are the same: whether it is current, and meant for us, is
asked each time.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import NamedTuple

# Of those that are short, as nearly all are: a third of a kilobyte each. Bytes of what a token says.
MOST_TOKENS, MOST_BYTES = 4_096, 1024


class Signed(NamedTuple):
    """What a token says, and the secret that signed it: a negocio's (its code), or the platform's (None)."""

    payload: bytes
    secret: str
    negocio: str | None


class SignedTokens:
    """The tokens that verified last, by digest: no token is kept. Any thread may ask."""

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._most = most
        self._keys: tuple[Mapping[str, str], str] = {}, ""
        self._signed: OrderedDict[bytes, Signed] = OrderedDict()
        self._lock = Lock()

    def find(self, token: str, keys: Mapping[str, str], secret: str) -> Signed | None:
        """What verified with negocios' keys and the platform's secret; raises ValueError for what is no text."""
        digest = _digest(token)
        with self._lock:
            if (keys, secret) != self._keys:
                self._signed.clear()
            self._keys = keys, secret
            if digest in self._signed:
                self._signed.move_to_end(digest)
            return self._signed.get(digest)

    def keep(self, token: str, signed: Signed, keys: Mapping[str, str], secret: str) -> None:
        """It has verified with these; nothing is kept where others have come meanwhile."""
        digest = _digest(token)
        with self._lock:
            if (keys, secret) != self._keys or len(signed.payload) > MOST_BYTES:
                return
            self._signed[digest] = signed
            if len(self._signed) > self._most:
                self._signed.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
