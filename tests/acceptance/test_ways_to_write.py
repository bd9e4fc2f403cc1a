"""Is every way to write seen at an open socket, and what was never committed not? In a cluster, and embedded."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
import pytest

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.models import RepairOrder, RepairOrderDetail, Service
from dashboards.models import Negocio
from realtime.database import in_thread
from tests.acceptance.businesses import book, new_negocio, new_shop, order
from tests.acceptance.clients import Client, client, merged, token, watch
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.databases import django_uses, fresh_database
from tests.acceptance.embedded import Embedded

# Longer than any change takes to show.
SILENCE = 1.5
TODAY = "current_date, '09:00', now(), now()"


class Database(Protocol):
    def connect(self) -> "psycopg.Connection[Any]": ...


@dataclass
class Running:
    """A Pulso, and its database."""

    web: Web
    database: Database

    def execute(self, statement: str, *values: Any) -> None:
        """As psql does."""
        with self.database.connect() as connection:
            connection.execute(statement.encode(), values)

    @asynccontextmanager
    async def watching(self, code: str) -> AsyncIterator[Client]:
        async with client(f"{self.web.ws}/ws/native?token={token(code)}") as watcher:
            await watch(watcher)
            yield watcher


@pytest.fixture(scope="module", params=["cluster", "embedded"])
def running(request: Any, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp(request.param)
    environment = {"UPDATE_INTERVAL": "600"}
    if request.param == "embedded":
        with (
            django_db_blocker.unblock(),
            Embedded(folder, **environment) as embedded,
            django_uses("pulso", **embedded.django),
        ):
            yield Running(embedded.web, embedded)
    else:
        with (
            django_db_blocker.unblock(),
            fresh_database() as name,
            django_uses(name),
            Cluster(name, folder, **environment) as cluster,
        ):
            cluster.start(webs=1, workers=1)
            yield Running(cluster.webs[0], cluster)


async def shows(watcher: Client, metric: str, **figures: Any) -> None:
    """Wait until it does."""

    def holds() -> bool:
        held = merged(watcher.frames).get(metric, {})
        return all(held.get(name) == figure for name, figure in figures.items())

    await watcher.wait_until(holds)


async def stays_silent(*watchers: Client) -> None:
    """No frame comes."""
    before = [len(watcher.frames) for watcher in watchers]
    await watchers[0].quiet(SILENCE)
    assert [len(watcher.frames) for watcher in watchers] == before


async def test_bulk_create_update_of_a_queryset_and_delete_are_seen(running: Running) -> None:
    negocio = await in_thread(new_negocio, "masivo")

    def create() -> None:
        example = book(negocio)
        Cita.objects.bulk_create(
            Cita(negocio=negocio, fecha=example.fecha, hora_inicio=example.hora_inicio) for _ in range(20)
        )

    async with running.watching("masivo") as watcher:
        await in_thread(create)
        await shows(watcher, "stats", totalCitas=21)
        await in_thread(Cita.objects.filter(negocio=negocio).update, estado="cancelada")
        await shows(watcher, "stats", citasCanceladas=21)
        await in_thread(Cita.objects.filter(negocio=negocio).delete)
        await shows(watcher, "stats", totalCitas=0, citasCanceladas=0)


async def test_a_cascade_is_seen_in_every_table(running: Running) -> None:
    equipment = await in_thread(new_shop, "cascada")

    def create() -> RepairOrder:
        service = Service.objects.create(negocio_id=equipment.negocio_id, name="Limpieza")
        created = order(equipment)
        RepairOrderDetail.objects.create(negocio_id=equipment.negocio_id, order=created, service=service, sub_total=10)
        return created

    async with running.watching("cascada") as watcher:
        created = await in_thread(create)
        service = {"serviceName": "Limpieza", "count": 1, "revenue": 0}
        await shows(watcher, "orders_top_services", topServices=[service])
        await in_thread(created.delete)
        await shows(watcher, "orders_top_services", topServices=[])
        await shows(watcher, "orders_count_total", count=0)


async def test_plain_sql_copy_and_on_conflict_are_seen(running: Running) -> None:
    negocio = await in_thread(new_negocio, "psql")
    insert = (
        "INSERT INTO citas_cita (negocio_id, external_id, cliente_id, cliente_nombre, estado, fecha, hora_inicio, "
        f"creado_en, actualizado_en) VALUES (%s, %s, '', '', %s, {TODAY}) ON CONFLICT (negocio_id, external_id) "
    )

    def copy() -> None:
        with running.database.connect() as connection, connection.cursor() as cursor:
            columns = "negocio_id, cliente_id, cliente_nombre, estado, fecha, hora_inicio, creado_en, actualizado_en"
            with cursor.copy(f"COPY citas_cita ({columns}) FROM STDIN") as rows:
                for _ in range(2_500):
                    rows.write_row((negocio.pk, "", "", "pendiente", "2026-01-01", "09:00", "now", "now"))

    async with running.watching("psql") as watcher:
        await in_thread(running.execute, insert + "DO NOTHING", negocio.pk, "a", "pendiente")
        await shows(watcher, "stats", totalCitas=1)
        await in_thread(
            running.execute, insert + "DO UPDATE SET estado = excluded.estado", negocio.pk, "a", "cancelada"
        )
        await shows(watcher, "stats", totalCitas=1, citasCanceladas=1)
        await in_thread(running.execute, insert + "DO NOTHING", negocio.pk, "a", "pendiente")
        await stays_silent(watcher)
        await in_thread(copy)
        await shows(watcher, "stats", totalCitas=2_501)
        await in_thread(running.execute, "DELETE FROM citas_cita WHERE negocio_id = %s", negocio.pk)
        await shows(watcher, "stats", totalCitas=0)


async def test_a_truncation_is_seen_by_every_negocio(running: Running) -> None:
    one, two = [await in_thread(new_negocio, code) for code in ("vaciado-1", "vaciado-2")]
    for negocio in (one, two):
        await in_thread(book, negocio)
    async with running.watching("vaciado-1") as a, running.watching("vaciado-2") as b:
        await in_thread(running.execute, "TRUNCATE citas_cita")
        for watcher in (a, b):
            await shows(watcher, "stats", totalCitas=0)


async def test_a_row_that_changes_its_negocio_is_seen_in_both(running: Running) -> None:
    one, two = [await in_thread(new_negocio, code) for code in ("deja", "recibe")]
    cita = await in_thread(book, one)
    async with running.watching("deja") as a, running.watching("recibe") as b:
        await in_thread(running.execute, "UPDATE citas_cita SET negocio_id = %s WHERE id = %s", two.pk, cita.pk)
        await shows(a, "stats", totalCitas=0)
        await shows(b, "stats", totalCitas=1)


async def test_what_is_rolled_back_or_changes_nothing_is_not_told(running: Running) -> None:
    negocio = await in_thread(new_negocio, "nada")
    await in_thread(book, negocio)

    def write_in_vain() -> None:
        with running.database.connect() as connection:
            for statement in (b"UPDATE citas_cita SET estado = 'cancelada'", b"DELETE FROM citas_cita"):
                with connection.transaction(force_rollback=True):
                    connection.execute(statement)
            connection.execute("UPDATE citas_cita SET estado = estado")

    async with running.watching("nada") as watcher:
        await watcher.quiet(SILENCE)  # the cita itself may come a moment after the snapshot
        await in_thread(write_in_vain)
        await stays_silent(watcher)


async def test_a_negocio_that_is_deleted_takes_nobody_with_it(running: Running) -> None:
    gone, stays = [await in_thread(new_negocio, code) for code in ("se-va", "se-queda")]
    await in_thread(book, gone)
    async with running.watching("se-va") as a, running.watching("se-queda") as b:
        await in_thread(Negocio.objects.filter(pk=gone.pk).delete)
        assert await a.closed() == 4101, "there is nothing that it holds"
        await stays_silent(b)
        await in_thread(book, stays)
        await shows(b, "stats", totalCitas=1)
    assert "Traceback" not in running.web.text()
