"""The road of a change without processes and sockets: rows, triggers, outbox, refresh, message, hub, frames."""

import asyncio
import datetime as dt
import zoneinfo
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from dashboards.kinds import Kind
from dashboards.metrics import Scope, compute
from dashboards.models import Change, Negocio
from realtime.changes import outbox
from realtime.changes.refreshing import Refresher
from realtime.database import in_thread
from realtime.hub.hub import Hub
from realtime.hub.rooms import RoomKey
from realtime.protocol.dialects import dialects, of_kind
from realtime.protocol.listeners import Listener
from realtime.rooms import Room
from realtime.sending import Messages
from realtime.snapshots import Snapshots
from realtime.tenancy import Tenancy
from realtime.updates import STATE_MESSAGE, of_message
from tests.contracts.fixture_changes import ZONES
from tests.contracts.watchers import Figures, Watcher, forms

STAFF = Listener("7", "admin", admin=True)


class _NoFeed:
    """Messages are handed over by the test."""

    async def subscribe(self, key: RoomKey) -> None: ...
    async def unsubscribe(self, key: RoomKey) -> None: ...


class Road:
    """One hub, and a worker's refresher that sends to it. `held` keeps the messages instead of handing them over."""

    def __init__(self, kind: Kind, negocios: Sequence[Negocio]) -> None:
        self.kind, self.negocios = kind, negocios
        self.hub = Hub(_NoFeed(), Snapshots(Tenancy()).load)
        self.watchers: list[Watcher] = []
        self.held: list[dict[str, Any]] | None = None
        self._rooms = {
            room.group: room
            for negocio in negocios
            for topic in kind.state_topics()
            for room in (Room(negocio.pk, negocio.code, topic),)
        }
        self._refresher = Refresher(asyncio.get_running_loop(), self._send_all)

    async def watch(self) -> None:
        """One more client of each dialect that may ask, in each room that it may ask for."""
        own = of_kind(self.kind.name)
        for room in self._rooms.values():
            speaking = [dialects()["native"]]
            if own is not None and room.topic in own.own_topics(STAFF):
                speaking += forms(own)
            for dialect in speaking:
                watcher = Watcher(dialect, room)
                await self.hub.join(watcher, room)
                self.hub.show(watcher, room)
                self.watchers.append(watcher)

    async def work(self) -> None:
        """Do what a worker does until no change waits."""
        while ids := [waiting.negocio_id for waiting in await in_thread(outbox.waiting)]:
            await in_thread(self._refresher.refresh, ids)

    def deliver(self, message: dict[str, Any]) -> None:
        """Hand a message over as the relay does."""
        self.hub.update(self._rooms[message["group"]], of_message(message))

    async def _send_all(self, messages: Messages) -> None:
        for group, message in messages:
            if message["type"] != STATE_MESSAGE:
                continue
            assert message["group"] == group
            if self.held is None:
                self.deliver(message)
            else:
                self.held.append(message)


@asynccontextmanager
async def road(kind: Kind, negocios: Sequence[Negocio]) -> AsyncIterator[Road]:
    road = Road(kind, negocios)
    try:
        yield road
    finally:
        await road.hub.close()


def fresh(kind: Kind, negocios: Sequence[Negocio]) -> Mapping[str, Figures]:
    """All figures of each negocio (by code), computed now."""
    scope = Scope([negocio.pk for negocio in negocios])
    computed = {metric.name: compute(metric, scope).figures for metric in kind.metrics}
    return {each.code: {name: figures[each.pk] for name, figures in computed.items()} for each in negocios}


def clear(negocios: Sequence[Negocio]) -> None:
    """Take the negocios away, and all that is theirs."""
    Negocio.objects.filter(pk__in=[negocio.pk for negocio in negocios]).delete()
    Change.objects.all().delete()


def days() -> list[dt.date]:
    """Which day it is in each time zone that a negocio may be in."""
    return [dt.datetime.now(zoneinfo.ZoneInfo(zone)).date() for zone in ZONES]
