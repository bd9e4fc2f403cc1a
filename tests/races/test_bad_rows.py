"""Does a negocio whose rows nobody can compute spoil the figures of the others?"""

import asyncio
from typing import Any

import pytest
from django.db import connection

from dashboards.kinds import kind_named
from dashboards.models import Negocio
from realtime.database import in_thread
from realtime.rooms import Room
from realtime.snapshots import NotComputable, Snapshots
from realtime.tenancy import tenancy
from realtime.ticker import compute_tick
from realtime.updates import of_message
from tests.acceptance.businesses import book, new_negocio

pytestmark = pytest.mark.django_db(transaction=True)

NEGOCIOS = 9


def spoil(negocio: Negocio) -> None:
    """As another program may, with plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dashboards_negocio SET time_zone = 'Nope/Zone' WHERE id = %s", [negocio.pk])


async def rooms() -> tuple[list[Room], Room]:
    """The rooms of some queues, and the one among them that is spoiled."""
    queues = [await in_thread(new_negocio, f"cola-{number}") for number in range(NEGOCIOS)]
    for queue in queues:
        await in_thread(book, queue)
    await in_thread(spoil, queues[3])
    found = [Room(queue.pk, queue.code, "stats") for queue in queues]
    return found, found[3]


async def test_the_others_get_their_tick() -> None:
    found, spoiled = await rooms()
    messages = await in_thread(compute_tick, kind_named("citas"), found)
    figures = {message["group"]: of_message(message).figures["stats"]["totalCitas"] for message in messages}
    assert figures == {room.group: 1 for room in found if room != spoiled}


async def test_the_others_get_their_snapshots() -> None:
    found, spoiled = await rooms()
    snapshots = Snapshots(tenancy)
    read: list[Any] = await asyncio.gather(*map(snapshots.load, found), return_exceptions=True)
    for room, update in zip(found, read, strict=True):
        if room == spoiled:
            assert isinstance(update, NotComputable)
        else:
            assert update.figures["stats"]["totalCitas"] == 1


async def test_a_room_without_state_has_no_snapshot() -> None:
    found, _ = await rooms()
    events = Room(found[0].negocio_id, found[0].negocio, "events")
    snapshots = Snapshots(tenancy)
    assert await asyncio.gather(*map(snapshots.load, [events, found[0]])) != [None, None]
    assert await snapshots.load(events) is None
