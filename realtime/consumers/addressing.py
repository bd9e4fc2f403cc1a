"""Which room does a client mean? Built from the negocio it holds and the topic it names, and put to may()."""

from typing import Protocol

from dashboards.kinds import kind_named, kinds
from dashboards.topics import USER, user_topic
from realtime.authentication.credentials import Credentials
from realtime.authentication.principal import Principal, Standing
from realtime.authorization import Action, may
from realtime.protocol.dialects import Dialect, of_kind
from realtime.protocol.errors import FORBIDDEN, NEGOCIO_NEEDED, Failure
from realtime.protocol.listeners import Listener
from realtime.rooms import Room
from realtime.tenancy import Directory, Tenant


class Asker(Protocol):
    """Who asks, and in which dialect."""

    @property
    def principal(self) -> Principal: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def renderer(self) -> Dialect: ...


def room_of(asker: Asker, action: Action, negocio: str | None, topic: str, directory: Directory) -> Room | Failure:
    """The room, if the asker may do this there without any back-end being asked."""
    room = meant_room(asker, negocio, topic, directory)
    if isinstance(room, Room) and not may(asker.principal, action, room, directory.by_code[room.negocio]):
        return FORBIDDEN
    return room


def meant_room(asker: Asker, negocio: str | None, topic: str, directory: Directory) -> Room | Failure:
    """The room that the asker names, allowed or not. Who names no negocio means the one that its silence would."""
    principal = asker.principal
    if negocio is None:
        tenant = silent_negocio(principal, asker.renderer.kind, asker.credentials.host, directory)
        if tenant is None:
            return NEGOCIO_NEEDED
    else:
        tenant = directory.by_code.get(negocio)
    if tenant is None:
        return FORBIDDEN
    return named_room(tenant, topic, principal.user)


def named_room(tenant: Tenant, topic: str, user: str) -> Room:
    """The room that new clients mean by a topic's name; allowed or not."""
    return Room(tenant.id, tenant.code, user_topic(user) if topic == USER else _inside(topic, tenant))


def _inside(topic: str, tenant: Tenant) -> str:
    """`room:order-7`, where new clients say `room.order-7`: a topic of a family (wire.md, native)."""
    base, dot, parameter = topic.partition(".")
    family = kind_named(tenant.kind).topic(base) if dot and tenant.kind in kinds() else None
    return f"{base}:{parameter}" if family is not None and family.guard is not None else topic


def held(principal: Principal, directory: Directory) -> list[Tenant]:
    """The negocios that the principal holds, as the directory knows them."""
    return [directory.by_code[code] for code in principal.holds if code in directory.by_code]


def silent_negocio(principal: Principal, kind: str | None, host: str, directory: Directory) -> Tenant | None:
    """The negocio that a client means that names none: the only one of the kind that it holds, else its Host's, else
    the default of the kind.
    """
    tenants = [tenant for tenant in held(principal, directory) if kind is None or tenant.kind == kind]
    if len(tenants) == 1:
        return tenants[0]
    meant = (directory.by_host.get(host), directory.default_for(kind or ""))
    return next((tenant for tenant in meant if tenant in tenants), None)


def listener_of(principal: Principal, tenant: Tenant) -> Listener:
    """The principal as a dialect knows it."""
    admin = principal.holds.get(tenant.code) == Standing.ADMIN
    return Listener(principal.user, principal.role.lower(), principal.seller or "", principal.client or "", admin)


def silent_dialect(principal: Principal, host: str, directory: Directory) -> Dialect | None:
    """The dialect of a client that says nothing: that of the kind it holds; of several, that of its Host's negocio."""
    found = {tenant.kind for tenant in held(principal, directory)}
    if len(found) > 1:
        bound = silent_negocio(principal, None, host, directory)
        found = {bound.kind} if bound is not None else set()
    return of_kind(found.pop()) if found else None
