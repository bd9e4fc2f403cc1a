"""Whose connections are these, and may there be one more? Of one user and of one negocio, a process takes so many."""

from collections import Counter

from django.conf import settings

from realtime.authentication.principal import Principal

# Whose key vouched for it (None: the platform's), whether it is one of our own users, its id.
User = tuple[str | None, bool, str]
# What connections count for: users, and negocios by their codes.
Seat = tuple[User | str, ...]


def user_of(principal: Principal) -> User | None:
    """The same for all connections of one user; None for who is nobody in particular."""
    if not principal.user:
        return None
    proof = principal.proof
    return (None, True, principal.user) if proof is None else (proof.negocio, proof.identity.own, principal.user)


class Occupancy:
    """Counts connections by user and by negocio: one that holds several negocios counts for each."""

    def __init__(self) -> None:
        self._seats: dict[object, Seat] = {}
        self._taken: Counter[User | str] = Counter()

    @property
    def is_empty(self) -> bool:
        """Does nobody count for anything?"""
        return not (self._seats or self._taken)

    def has_room(self, principal: Principal, connection: object = None) -> bool:
        """May a connection, this one where it is there already, be the principal's? One of several negocios is too
        many only where all of them are full.
        """
        own = self._seats.get(connection, ())
        user, most = user_of(principal), settings.MAX_CONNECTIONS_PER_NEGOCIO
        if user is not None and self._taken[user] - (user in own) >= settings.MAX_CONNECTIONS_PER_USER:
            return False
        return not principal.holds or any(self._taken[code] - (code in own) < most for code in principal.holds)

    def count(self, connection: object, principal: Principal) -> None:
        """The connection is this principal's, whoever it was before."""
        self.leave(connection)
        user = user_of(principal)
        seat: Seat = tuple(principal.holds)
        if user is not None:
            seat = (user, *seat)
        if seat:
            self._seats[connection] = seat
            self._taken.update(seat)

    def leave(self, connection: object) -> None:
        """The connection ends; harmless for one that counts for nothing."""
        for key in self._seats.pop(connection, ()):
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
