"""What is pushed when nothing happens? Every UPDATE_INTERVAL the figures of kinds that tick, where somebody looks."""

from typing import Any

from django.conf import settings

from dashboards.kinds import Kind, kinds
from realtime import leases
from realtime.database import in_thread
from realtime.duties import Duty
from realtime.rooms import Room
from realtime.sending import SendAll
from realtime.tenancy import Tenancy
from realtime.updates import Marks, compute_apart, part_of, to_message


class Ticker:
    """One computation for the whole cluster: one statement per metric for all watched negocios together."""

    def __init__(self, tenancy: Tenancy, send_all: SendAll) -> None:
        self._tenancy, self._send_all = tenancy, send_all

    def duty(self) -> Duty:
        return Duty("tick", settings.UPDATE_INTERVAL, self.tick)

    async def tick(self) -> None:
        """Compute and publish once."""
        watched = await in_thread(leases.watched)
        if not watched:
            return
        directory = await self._tenancy.directory()
        for kind in kinds().values():
            rooms = [
                Room(id, tenant.code, topic)
                for id, topic in watched
                if (tenant := directory.by_id.get(id)) is not None and tenant.kind == kind.name
            ]
            if kind.ticks and rooms:
                messages = await in_thread(compute_tick, kind, rooms)
                await self._send_all([(message["group"], message) for message in messages])


def compute_tick(kind: Kind, rooms: list[Room]) -> list[dict[str, Any]]:
    """The messages of one tick of one kind: the metrics of the watched topics, computed together."""
    carried = kind.state_topics()
    watched = [room for room in rooms if room.topic in carried]
    ids = sorted({room.negocio_id for room in watched})
    if not ids:
        return []
    names = frozenset[str]().union(*(carried[room.topic] for room in watched))
    marks = dict.fromkeys(ids, Marks(ticked=True, next_in=settings.UPDATE_INTERVAL))
    updates = compute_apart(kind, names, ids, marks)
    return [
        to_message(room.group, part_of(updates[room.negocio_id], carried[room.topic]))
        for room in watched
        if room.negocio_id in updates
    ]
