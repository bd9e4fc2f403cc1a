"""Which worker takes which negocio? Rendezvous hashing over the living ones, so that one paces each negocio."""

import hashlib
from collections.abc import Sequence


class Share:
    """This worker's part of the negocios, as of the last renewal. Alone, everything is its own."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._living: Sequence[str] = ()

    def set_living(self, workers: Sequence[str]) -> None:
        """These workers are alive."""
        self._living = workers

    def is_ours(self, negocio_id: int) -> bool:
        """Is this worker the one of all living ones that the negocio falls to?"""
        if not self._living or self._living == [self._worker]:
            return True
        return max(self._living, key=lambda worker: _weight(worker, negocio_id)) == self._worker


def _weight(worker: str, negocio_id: int) -> bytes:
    return hashlib.blake2b(f"{worker}/{negocio_id}".encode(), digest_size=8).digest()
