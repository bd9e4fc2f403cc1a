"""May somebody do this in a room? may(), after the negocio's own back-end was asked, where it has a say."""

from dataclasses import dataclass

from realtime.authentication.principal import Principal
from realtime.authorization import Action, may, question_of
from realtime.node import node
from realtime.rooms import Room
from realtime.tenancy import Tenant


@dataclass(frozen=True, slots=True)
class Permission:
    """A room where it may be done; `verdict`: what the negocio's back-end said, None where it has no say."""

    room: Room
    verdict: bool | None


async def permission(principal: Principal, action: Action, room: Room, tenant: Tenant | None) -> Permission | None:
    """The permission, None without it. Nobody is asked about what may() refuses anyway. Raises BackendUnavailable."""
    if tenant is None:
        return None
    verdict, question = None, question_of(principal, room, tenant)
    if question is not None:
        if not may(principal, action, room, tenant, verdict=True):
            return None
        verdict = await node().backends.allows(question)
    return Permission(room, verdict) if may(principal, action, room, tenant, verdict) else None
