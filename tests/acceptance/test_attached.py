"""Do clients see what another program does to its own tables, in a real cluster: at once, rightly, whatever happens?"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client as Browser

from dashboards.attach.attaching import attach, detach
from dashboards.attach.preparing import Wish, prepare
from dashboards.businesses.parking.models import Espacio
from dashboards.models import Attachment, Negocio
from realtime.database import in_thread
from tests.acceptance.businesses import new_negocio
from tests.acceptance.clients import Client, client, merged, token, watch
from tests.acceptance.cluster import Cluster
from tests.admin.rows import a_user
from tests.attach import theirs
from tests.attach.database import KINDS, Team
from tests.attach.test_attaching import dump

# Seconds from a commit to the right figure on every dashboard; and how long a test waits before it says so.
WITHIN, PATIENCE = 1.0, 4.0
MOST_REFRESHES = 5  # of one bulk statement
NOTICED = 15.0  # s, until what is broken is said
RENAMED = """
[tables.espacio]
from = "puestos"
id = "codigo"
columns = { numero = "etiqueta", estado = "situacion" }
values.estado = { L = "libre", O = "ocupado" }
"""


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    return cluster.start(webs=1, workers=1)


@asynccontextmanager
async def attached(running: Cluster, layout: str, **wish: Any) -> AsyncIterator[Team]:
    """A team with the tables of the layout in a schema of that name, attached meanwhile."""
    team = Team(running.database, layout)
    await in_thread(theirs.create, team.connection, layout, layout)
    await in_thread(_attach, layout, wish)
    try:
        yield team
    finally:
        await in_thread(_end, team)


def _attach(layout: str, wish: dict[str, Any]) -> None:
    attach(prepare(Wish(**{"kind": KINDS[layout], "negocio": layout, "schema": layout, "layout": layout} | wish)))


def _end(team: Team) -> None:
    for attachment in Attachment.objects.filter(schema=team.schema):
        detach(attachment)
    team.execute(f"DROP SCHEMA {team.schema} CASCADE")
    team.connection.close()


@asynccontextmanager
async def dashboard(running: Cluster, code: str) -> AsyncIterator[Client]:
    async with client(f"{running.webs[0].ws}/ws/native?token={token(code)}") as socket:
        await watch(socket)
        yield socket


async def shows(socket: Client, metric: str, truth: Callable[[], Any], timeout: float = PATIENCE) -> float:
    """The dashboard has the truth of this moment in time; returns after how many seconds."""
    right = await in_thread(truth)
    return await socket.wait_until(lambda: part(merged(socket.frames).get(metric), right) == right, timeout)


def part(figure: Any, wanted: Any) -> Any:
    return {name: figure.get(name) for name in wanted} if isinstance(figure, dict) else figure


def frames_of(socket: Client) -> int:
    """State frames that were not the tick's alone: each refresh is one at the most."""
    return sum(frame.get("type") == "state" for frame in socket.frames)


def spaces(team: Team) -> dict[str, Any]:
    ((total, free),) = team.rows("SELECT count(*), count(*) FILTER (WHERE estado) FROM espacio")
    return {"total_espacios": total, "espacios_disponibles": free}


def orders(team: Team) -> dict[str, Any]:
    ((total, done),) = team.rows("SELECT count(*), count(*) FILTER (WHERE status = 'DELIVERED') FROM repair_order")
    return {"totalOrders": total, "completedOrders": done}


def sold(team: Team) -> dict[str, Any]:
    ((total, income),) = team.rows(
        "SELECT count(*), coalesce(sum(total_amount) FILTER (WHERE status NOT IN ('pending', 'cancelled')), 0) "
        'FROM "order"'
    )
    return {"orders_total": total, "income_total": float(income)}


def queue(team: Team) -> dict[str, Any]:
    ((total, gone),) = team.rows(
        "SELECT count(*), count(*) FILTER (WHERE estado = 'cancelada') FROM citas WHERE negocio_id = %s", first(team)
    )
    return {"totalCitas": total, "citasCanceladas": gone}


def first(team: Team) -> str:
    return str(team.value("SELECT md5('negocio1')::uuid"))


def documented(team: Team) -> dict[str, Any]:
    ((total, free),) = team.rows("SELECT count(*), count(*) FILTER (WHERE estado = 'libre') FROM espacios")
    return {"espacios_total": total, "espacios_libres": free}


# Of each layout: the metric that is watched, its independent count, one row, the same many times, all of it gone.
LIVES: dict[str, tuple[str, Callable[[Team], dict[str, Any]], tuple[str, ...], str]] = {
    "field": (
        "dashboard", spaces,
        ("UPDATE espacio SET estado = NOT estado WHERE numero = '9'", "INSERT INTO espacio (numero) VALUES ('99')",
         "DELETE FROM espacio WHERE numero = '10'",
         "INSERT INTO espacio (numero) SELECT 'N' || n FROM generate_series(1, 10000) AS n"),
        "UPDATE espacio SET estado = false WHERE numero LIKE 'N%'",
    ),
    "documented": (
        "stats", documented,
        ("UPDATE espacios SET estado = 'libre' WHERE id = 1", "DELETE FROM espacios WHERE id = 2",
         "INSERT INTO espacios (numero, estado) SELECT 'N' || n, 'libre' FROM generate_series(1, 10000) AS n"),
        "UPDATE espacios SET estado = 'ocupado' WHERE numero LIKE 'N%'",
    ),
    "citas": (
        "stats", queue,
        ("UPDATE citas SET estado = 'cancelada'", "DELETE FROM citas WHERE fecha > current_date",
         "INSERT INTO citas (cliente_id, negocio_id, fecha, hora_inicio, hora_fin) "
         "SELECT n.id, n.id, current_date, '10:00', '11:00' FROM negocios n, generate_series(1, 3334)"),
        "UPDATE citas SET estado = 'atendida'",
    ),
    "repairs": (
        "orders_overview", orders,
        ("UPDATE repair_order SET status = 'DELIVERED' WHERE id = md5('order1')::uuid",
         "DELETE FROM repair_order WHERE status = 'READY'",
         "INSERT INTO repair_order (\"equipmentId\") SELECT md5('equipment1')::uuid FROM generate_series(1, 10000)"),
        "UPDATE repair_order SET status = 'DELIVERED', \"finalCost\" = 2",
    ),
    "marketplace": (
        "admin_stats", sold,
        ("UPDATE \"order\" SET status = 'confirmed' WHERE id_order = 4", 'DELETE FROM "order" WHERE id_order = 5',
         'INSERT INTO "order" (id_client, total_amount) SELECT 7, 1.5 FROM generate_series(1, 10000)'),
        "UPDATE \"order\" SET status = 'shipped'",
    ),
}  # fmt: skip
EMPTY = {
    "field": "TRUNCATE espacio CASCADE", "documented": "TRUNCATE espacios", "citas": "TRUNCATE citas",
    "repairs": "TRUNCATE repair_order CASCADE", "marketplace": 'TRUNCATE "order" CASCADE',
}  # fmt: skip
COPIED: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "field": ("espacio (numero)", [("C1",), ("C2",)]),
    "documented": ("espacios (numero, estado)", [("C1", "libre")]),
    "repairs": ("repair_order (status)", [("DELIVERED",), ("READY",)]),
    "marketplace": ('"order" (id_client, total_amount, status)', [(1, 5, "shipped")]),
}


@pytest.mark.parametrize("layout", LIVES)
async def test_dashboards_follow_the_teams_own_statements(running: Cluster, layout: str) -> None:
    metric, truth, statements, bulk = LIVES[layout]
    async with attached(running, layout) as team:
        code = await in_thread(first, team) if layout == "citas" else layout
        async with dashboard(running, code) as socket:
            took = [await shows(socket, metric, lambda: truth(team))]
            for statement in statements:
                await in_thread(team.execute, statement)
                took.append(await shows(socket, metric, lambda: truth(team)))
            if layout in COPIED:
                await in_thread(team.copy, *COPIED[layout])
                took.append(await shows(socket, metric, lambda: truth(team)))
            await socket.quiet(0.3)
            before = frames_of(socket)
            await in_thread(team.execute, bulk)
            took.append(await shows(socket, metric, lambda: truth(team)))
            await socket.quiet(0.5)
            assert frames_of(socket) - before <= MOST_REFRESHES
            await in_thread(roll_back, team, EMPTY[layout])
            await in_thread(team.execute, EMPTY[layout])
            took.append(await shows(socket, metric, lambda: truth(team)))
            print(f"{layout}: right within {max(took):.2f} s at the most, {statistics.median(took):.2f} s as a rule")
            assert max(took) <= WITHIN, took


def roll_back(team: Team, statement: str) -> None:
    with team.connection.transaction(force_rollback=True):
        team.execute(statement)


async def test_the_staff_hears_of_a_space_and_a_front_end_gets_its_frames(running: Cluster) -> None:
    async with attached(running, "field") as team:
        async with client(f"{running.webs[0].ws}/ws/native?token={token('field')}") as socket:
            await socket.send({"v": 1, "type": "subscribe", "id": "e", "topic": "events"})
            await socket.wait_for(1)
            await in_thread(team.execute, "UPDATE espacio SET estado = false WHERE numero = '8'")
            await socket.wait_until(lambda: len(socket.frames) == 3)
        told = {frame["type"]: frame["data"]["espacio_id"] for frame in socket.frames[1:]}
        id = await in_thread(team.value, "SELECT md5('espacio8')::uuid::text")
        assert told == {"parking_update": id, "espacio_ocupado": id}


async def test_what_happened_before_they_lock_a_table_is_told_when_it_is_free(running: Cluster) -> None:
    url = f"{running.webs[0].ws}/ws/native?token={token('field')}"
    async with attached(running, "field") as team, client(url) as socket:
        await socket.send({"v": 1, "type": "subscribe", "id": "e", "topic": "events"})
        await socket.wait_for(1)
        locker = Team(running.database, team.schema)
        with closing(locker.connection), locker.connection.transaction():
            await in_thread(_occupy_before, team, locker)
            await asyncio.sleep(1.0)
            assert len(socket.frames) == 1
        await socket.wait_until(lambda: len(socket.frames) == 3)


def _occupy_before(team: Team, locker: Team) -> None:
    """A space is occupied; whoever wants to read of it finds the table locked."""
    with ThreadPoolExecutor() as pool:
        with team.connection.transaction():
            team.execute("UPDATE espacio SET estado = false WHERE numero = '8'")
            locking = pool.submit(locker.execute, "LOCK TABLE espacio")
            while not locker_waits(team):
                time.sleep(0.01)
        locking.result()


def locker_waits(team: Team) -> bool:
    return bool(team.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'espacio'::regclass"))


async def test_a_mapping_file_names_their_columns_otherwise(running: Cluster, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(RENAMED)
    team = Team(running.database, "otros")
    await in_thread(team.execute, "CREATE SCHEMA otros")
    await in_thread(team.execute, "CREATE TABLE puestos (codigo int PRIMARY KEY, etiqueta text, situacion char)")
    before = await in_thread(dump, "otros")
    done = await in_thread(
        running.manage, "attach", "parking", "--negocio", "otros", "--schema", "otros",
        "--mapping", str(tmp_path / "mine.toml"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    async with dashboard(running, "otros") as socket:
        await in_thread(team.execute, "INSERT INTO puestos VALUES (1, 'A', 'L'), (2, 'B', 'O')")
        await shows(socket, "stats", lambda: {"espacios_total": 2, "espacios_libres": 1})
        await in_thread(team.execute, "UPDATE puestos SET situacion = 'L'")
        await shows(socket, "stats", lambda: {"espacios_libres": 2})
    ended = await in_thread(running.manage, "detach", "parking", "--negocio", "otros")
    assert ended.returncode == 0, ended.stderr
    assert await in_thread(dump, "otros") == before
    team.connection.close()


async def test_a_dropped_column_is_said_and_everybody_else_goes_on(running: Cluster) -> None:
    other = await in_thread(new_negocio, "vecino", "parking")
    async with (
        attached(running, "field") as team,
        dashboard(running, "field") as here,
        dashboard(running, "vecino") as next_door,
    ):
        await shows(here, "dashboard", lambda: spaces(team))
        await in_thread(team.execute, "ALTER TABLE espacio DROP COLUMN numero")
        await in_thread(team.execute, "UPDATE espacio SET estado = false")
        for number in range(3):
            await in_thread(lambda number=number: Espacio.objects.create(negocio=other, numero=str(number)))  # type: ignore[misc]
            await shows(next_door, "dashboard", lambda number=number: {"total_espacios": number + 1})  # type: ignore[misc]
        said = await until(running, lambda ready: "no column numero" in str(ready["checks"]["attachments"]))
        assert said["status"] == "ready"
        assert said["checks"]["attachments"]["broken"][0]["negocios"] == "field"
        assert "no column numero" in await in_thread(admin_page)
        assert here.is_open
        assert merged(here.frames)["dashboard"]["espacios_disponibles"] == 7  # the last that was known
        await in_thread(team.execute, "ALTER TABLE espacio ADD COLUMN numero varchar NOT NULL DEFAULT '1'")
        await shows(here, "dashboard", lambda: {"espacios_disponibles": 0}, NOTICED)
        assert (await until(running, lambda ready: ready["checks"]["attachments"]["ok"]))["status"] == "ready"
    await in_thread(other.delete)
    assert "Traceback" not in running.logs()


async def until(running: Cluster, holds: Callable[[Any], bool]) -> Any:
    """What /health/ready says once it says so."""
    deadline = time.monotonic() + NOTICED
    async with httpx.AsyncClient() as http:
        while True:
            said = (await http.get(f"{running.webs[0].http}/health/ready")).json()
            if holds(said) or time.monotonic() > deadline:
                assert holds(said), said
                return said
            await asyncio.sleep(0.1)


def admin_page() -> str:
    browser = Browser()
    browser.force_login(a_user("platform", is_staff=True, is_superuser=True))
    return browser.get("/admin/dashboards/attachment/").content.decode()


async def test_a_new_negocio_of_theirs_has_its_dashboard_at_once(running: Cluster) -> None:
    async with attached(running, "citas") as team:
        await in_thread(team.execute, "INSERT INTO negocios VALUES (md5('x')::uuid, md5('y')::uuid, 'Nueva', '')")
        code = await in_thread(team.value, "SELECT md5('x')::uuid::text")
        async with dashboard(running, code) as socket:
            await in_thread(
                team.execute,
                "INSERT INTO citas (cliente_id, negocio_id, fecha, hora_inicio, hora_fin) "
                "VALUES (md5('c')::uuid, md5('x')::uuid, current_date, '10:00', '11:00')",
            )
            await shows(socket, "stats", lambda: {"totalCitas": 1})
    assert not await in_thread(Negocio.objects.filter(code=code).exists)
