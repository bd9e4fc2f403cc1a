"""May somebody who asks over HTTP read this room? As on a socket: the negocio's own back-end has its say too."""

from dataclasses import dataclass

from realtime.authentication.principal import Principal
from realtime.authorization import Action, may, question_of
from realtime.consumers.addressing import named_room
from realtime.node import node
from realtime.rooms import Room
from realtime.tenancy import tenancy


@dataclass(frozen=True, slots=True)
class Readable:
    """A room that may be read; `verdict`: what the negocio's back-end says, where it was asked."""

    room: Room
    verdict: bool | None


async def readable_room(principal: Principal, negocio: str, topic: str) -> Readable | None:
    """The room, if it is there and the principal may read it: nobody learns which negocios exist.

    Raises BackendUnavailable, and what the database raises.
    """
    tenant = (await tenancy.directory()).by_code.get(negocio)
    if tenant is None:
        return None
    room = named_room(tenant, topic, principal.user)
    if not may(principal, Action.READ, room, tenant, verdict=True):
        return None
    question = question_of(principal, room, tenant)
    verdict = await node().backends.allows(question) if question is not None else None
    return Readable(room, verdict) if may(principal, Action.READ, room, tenant, verdict) else None
