"""Under which host names is this service reached? Those of ALLOWED_HOSTS, and those that a negocio is bound to."""

from collections.abc import Iterable, Iterator

_bound: frozenset[str] = frozenset()


def bind(names: Iterable[str]) -> None:
    """These are the hosts of negocios, as last read."""
    global _bound
    _bound = frozenset(filter(None, names))


class AllowedHosts(list[str]):
    """For Django's ALLOWED_HOSTS: who enters a negocio's host in the admin need not name it in the environment too."""

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        yield from _bound

    def __contains__(self, name: object) -> bool:
        return name in _bound or super().__contains__(name)
