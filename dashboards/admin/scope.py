"""Whose rows may a person in the admin see and change? Membership says so, not Django's permission rows."""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from dashboards.models import Membership, Negocio, Owned

ADMIN = frozenset({Membership.Role.ADMIN})
ADMIN_OR_STAFF = frozenset({Membership.Role.ADMIN, Membership.Role.STAFF})


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a negocio."""

    negocio_id: int
    kind: str
    role: str


@dataclass(frozen=True, slots=True)
class AdminScope:
    """What one person reaches in the admin: everything, or the negocios that they work for."""

    everything: bool
    seats: tuple[Seat, ...] = ()

    def negocio_ids(self, kind: str | None, roles: frozenset[Membership.Role]) -> frozenset[int]:
        """The negocios of that kind (None: any) where the person has one of the roles."""
        return frozenset(seat.negocio_id for seat in self.seats if seat.role in roles and kind in (None, seat.kind))

    def reaches(self, row: Model | None, kind: str | None, roles: frozenset[Membership.Role]) -> bool:
        """Whether the row is within reach; without a row, whether any could be."""
        if self.everything:
            return True
        ids = self.negocio_ids(kind, roles)
        return bool(ids) if row is None else _negocio_of(row) in ids

    def limit(self, rows: QuerySet[Any], kind: str | None, roles: frozenset[Membership.Role]) -> QuerySet[Any]:
        """The rows within reach: the negocios, what belongs to them, and the users who work there.

        What belongs to no negocio is in a superuser's reach only.
        """
        if issubclass(rows.model, Negocio) and kind is not None:
            rows = rows.filter(kind=kind)
        if self.everything:
            return rows
        ids = self.negocio_ids(kind, roles)
        if issubclass(rows.model, Negocio):
            return rows.filter(pk__in=ids)
        if issubclass(rows.model, get_user_model()):
            return rows.filter(memberships__negocio_id__in=ids).distinct()
        if _belongs(rows.model):
            return rows.filter(negocio_id__in=ids)
        return rows.none()


NOTHING = AdminScope(everything=False)
_scopes: WeakKeyDictionary[HttpRequest, AdminScope] = WeakKeyDictionary()


def scope_of(request: HttpRequest) -> AdminScope:
    """The scope of the request's user, looked up once a request."""
    if request not in _scopes:
        _scopes[request] = _look_up(request.user)
    return _scopes[request]


def _look_up(user: Any) -> AdminScope:
    if not (user.is_active and user.is_staff):
        return NOTHING
    if user.is_superuser:
        return AdminScope(everything=True)
    held = Membership.objects.filter(user=user, role__in=ADMIN_OR_STAFF, negocio__active=True)
    rows = held.values_list("negocio_id", "negocio__kind", "role")
    return AdminScope(False, tuple(Seat(*row) for row in rows))


def _belongs(model: type[Model]) -> bool:
    return issubclass(model, Owned) or any(field.attname == "negocio_id" for field in model._meta.fields)


def _negocio_of(row: Model) -> int | None:
    return row.pk if isinstance(row, Negocio) else getattr(row, "negocio_id", None)
