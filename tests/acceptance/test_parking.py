"""Do the parking lots' clients of both forms get the frames of wire.md, section 2, and nothing else?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dashboards.businesses.parking.metrics.expressions import instant
from dashboards.kinds import Telling
from notifications import journal
from realtime.database import in_thread
from tests.acceptance.clients import Client, client, clients
from tests.acceptance.cluster import Cluster, Web
from tests.acceptance.lots import PRICE, UUID, Ground, dashboard, data_of, open_lot, stats, told, types, url

PATHS = pytest.mark.parametrize("path", ["/ws", "/ws/parking"])
# What is not told by then is not told.
LATER = 0.7
ALERT = {"level": "critical", "message": "Lleno", "timestamp": "2025-11-10T17:00:00Z", "action_required": True}


@pytest.fixture(scope="module")
def running(cluster: Cluster) -> Cluster:
    cluster.environment["UPDATE_INTERVAL"] = "600"
    return cluster.start(webs=1, workers=1)


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[0]


@pytest.fixture
def ground(running: Cluster) -> Ground:
    return open_lot()


@asynccontextmanager
async def documented(web: Web, code: str, path: str = "/ws/parking") -> AsyncIterator[Client]:
    """A client of the documented form."""
    async with client(url(web, code, path)) as socket:
        await socket.send({"action": "subscribe"})
        yield socket


# -- What is pushed -----------------------------------------------------------------------------------


@PATHS
async def test_a_silent_client_gets_the_dashboard_and_each_change_in_the_fields_form(
    web: Web, ground: Ground, path: str
) -> None:
    async with client(url(web, ground.code, path)) as socket:
        await socket.wait_for(1)
        assert told(socket, "dashboard_update") == [dashboard(2, 0, 1)]
        ticket = await in_thread(ground.enter)
        await socket.wait_until(lambda: dashboard(1, 0, 2) in told(socket, "dashboard_update"))
        await socket.wait_until(lambda: "espacio_ocupado" in types(socket))
        left = await in_thread(ground.leave, ticket)
        await socket.wait_until(lambda: dashboard(2, PRICE, 1) in told(socket, "dashboard_update"))
        await socket.wait_until(lambda: "espacio_liberado" in types(socket))
        await socket.quiet(LATER)
    space = {"espacio_id": UUID, "numero": "A1"}
    entered = {"vehiculo_placa": "PBX-0002", "hora_ingreso": instant(ticket.fecha_ingreso)}
    assert data_of(socket, "espacio_ocupado") == [space | entered]
    assert data_of(socket, "espacio_liberado") == [space | {"monto_pagado": PRICE, "hora_salida": left}]
    assert types(socket) == {"dashboard_update", "espacio_ocupado", "espacio_liberado"}


@PATHS
async def test_who_sends_an_action_gets_the_documented_form_alone(web: Web, ground: Ground, path: str) -> None:
    async with documented(web, ground.code, path) as socket:
        await socket.wait_for(1)
        assert told(socket, "stats_update") == [stats(2, 0)]
        ticket = await in_thread(ground.enter)
        await socket.wait_until(lambda: stats(1, 0) in told(socket, "stats_update"))
        await socket.wait_until(lambda: types(socket) >= {"parking_update", "new_ticket"})
        paid = await in_thread(ground.leave, ticket)
        await socket.wait_until(lambda: stats(2, PRICE) in told(socket, "stats_update"))
        await socket.wait_until(lambda: len(data_of(socket, "parking_update")) == 2)
        await socket.quiet(LATER)
    space, car = {"espacio_id": UUID, "numero": "A1"}, {"placa": "PBX-0002", "cliente": "Ana"}
    assert told(socket, "parking_update") == [
        space | {"estado_anterior": "libre", "estado_actual": "ocupado", "vehiculo": car},
        space | {"estado_anterior": "ocupado", "estado_actual": "libre", "vehiculo": None},
    ]
    entered = instant(ticket.fecha_ingreso)
    new = {"ticket_id": ticket.pk, "vehiculo": "PBX-0002", "espacio": "A1", "fecha_entrada": entered, "cliente": "Ana"}
    assert data_of(socket, "new_ticket") == [new]
    payment = {"ticket_id": ticket.pk, "monto": PRICE, "metodo_pago": "efectivo", "fecha_pago": paid}
    assert data_of(socket, "payment_completed") == [payment]
    assert types(socket) == {"stats_update", "parking_update", "new_ticket", "payment_completed"}


async def test_a_lot_that_fills_up_is_an_alert_for_its_staff_once(web: Web, ground: Ground) -> None:
    async with documented(web, ground.code) as socket, client(url(web, ground.code)) as field:
        await socket.wait_for(1)
        await field.wait_for(1)
        for numero in ("A1", "B1"):
            await in_thread(ground.enter, numero, f"LL-{numero}")
        await socket.wait_until(lambda: "system_alert" in types(socket))
        await socket.quiet(LATER)
    (alert,) = data_of(socket, "system_alert")
    assert alert.keys() == ALERT.keys()
    assert alert["level"] in ("info", "warning", "critical")
    assert isinstance(alert["action_required"], bool)
    assert "100" in alert["message"]
    assert "system_alert" not in types(field)


@pytest.mark.parametrize("estado", ["reservado", "mantenimiento"])
async def test_a_change_by_another_program_is_told(running: Cluster, ground: Ground, estado: str) -> None:
    """What isn't free is occupied."""
    web = running.webs[0]
    async with client(url(web, ground.code)) as field, documented(web, ground.code) as other:
        await field.wait_for(1)
        await other.wait_for(1)
        with running.connect() as connection:
            connection.execute("UPDATE parking_espacio SET estado = %s WHERE id = %s", [estado, ground.spaces["B1"].pk])
        await field.wait_until(lambda: dashboard(1, 0, 1) in told(field, "dashboard_update"))
        await other.wait_until(lambda: types(other) == {"stats_update", "parking_update"})
        await other.wait_until(lambda: stats(1, 0) in told(other, "stats_update"))
        await field.wait_until(lambda: "espacio_ocupado" in types(field))
    assert told(other, "parking_update") == [
        {
            "espacio_id": ground.spaces["B1"].pk, "numero": "B1", "estado_anterior": "libre", "estado_actual": estado,
            "vehiculo": None,
        }
    ]  # fmt: skip


async def test_what_moves_no_figure_of_the_form_pushes_nothing(web: Web, ground: Ground) -> None:
    async with client(url(web, ground.code)) as field, documented(web, ground.code) as other:
        for socket in (field, other):
            await socket.wait_for(1)
            await socket.send({"type": "get_tickets_activos"})
            await socket.wait_for(2)
        ticket = ground.ticket
        await in_thread(type(ticket.vehiculo).objects.filter(pk=ticket.vehiculo_id).update, placa="OTRA")
        for socket in (field, other):
            assert len(await socket.quiet(LATER)) == 2


# -- What is asked for --------------------------------------------------------------------------------


def lists(ground: Ground) -> dict[str, Any]:
    """What the three requests for lists answer."""
    a1, a2, a3, b1 = (
        {"id": UUID if numero == "A1" else space.pk, "numero": numero, "estado": free, "seccion_letra": numero[0]}
        for (numero, space), free in zip(ground.spaces.items(), (True, False, False, True), strict=True)
    )
    entered = instant(ground.ticket.fecha_ingreso)
    a2 |= {"vehiculo_placa": "PBX-0001", "hora_ingreso": entered}
    sections = [
        {"seccion_letra": "A", "total_espacios": 3, "espacios_disponibles": 1, "espacios_ocupados": 2,
         "espacios": [a1, a2, a3]},
        {"seccion_letra": "B", "total_espacios": 1, "espacios_disponibles": 1, "espacios_ocupados": 0,
         "espacios": [b1]},
    ]  # fmt: skip
    ticket = {
        "id": ground.ticket.pk, "fecha_ingreso": entered, "vehiculo_id": ground.ticket.vehiculo_id,
        "espacio_id": ground.spaces["A2"].pk,
    }  # fmt: skip
    return {"espacios_por_seccion": sections, "espacios_disponibles": [a1, b1], "tickets_activos": [ticket]}


@PATHS
@pytest.mark.parametrize("action", [False, True], ids=["field", "documented"])
async def test_each_request_is_answered(web: Web, ground: Ground, path: str, action: bool) -> None:
    answers = lists(ground)
    figures = ("stats_update", stats(2, 0)) if action else ("dashboard_update", dashboard(2, 0, 1))
    async with client(url(web, ground.code, path)) as socket:
        if action:
            await socket.send({"action": "subscribe", "filters": ["alerts"]})
        for name in answers:
            await socket.send({"type": f"get_{name}"})
        await socket.wait_until(lambda: types(socket) >= answers.keys())
        before = len(told(socket, figures[0]))
        await socket.send({"type": "get_dashboard"})
        await socket.wait_until(lambda: len(told(socket, figures[0])) > before)
        await socket.quiet(LATER)
    assert {name: data_of(socket, name) for name in answers} == {name: [data] for name, data in answers.items()}
    # One on connect, unless the filters leave it out, and one on request.
    assert told(socket, figures[0]) == [figures[1]] * (1 if action else 2)
    assert types(socket) == {*answers, figures[0]}


async def test_the_lists_of_an_empty_lot_are_lists(web: Web) -> None:
    def empty() -> str:
        ground = open_lot()
        ground.ticket.delete()
        ground.negocio.delete()
        return str(type(ground.negocio).objects.create(code=f"{ground.code}-v", name="v", kind="parking").code)

    code = await in_thread(empty)
    async with client(url(web, code)) as socket:
        for name in ("espacios_por_seccion", "espacios_disponibles", "tickets_activos"):
            await socket.send({"type": f"get_{name}"})
            await socket.wait_until(lambda name=name: {"type": name, "data": []} in socket.frames)  # type: ignore[misc]


async def test_an_answer_is_as_new_as_the_last_change(web: Web, ground: Ground) -> None:
    async with client(url(web, ground.code)) as socket:
        await socket.send({"type": "get_tickets_activos"})
        await socket.wait_until(lambda: "tickets_activos" in types(socket))
        ticket = await in_thread(ground.enter)
        await socket.wait_until(lambda: "espacio_ocupado" in types(socket))
        await socket.quiet(LATER)
        await socket.send({"type": "get_tickets_activos"})
        await socket.wait_until(lambda: len(data_of(socket, "tickets_activos")) == 2)
    assert [one["id"] for one in data_of(socket, "tickets_activos")[-1]] == [ticket.pk, ground.ticket.pk]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ("{", "invalid json"),
        ("[]", "a frame is a JSON object"),
        (b"\x00", "binary frames are not understood"),
        ({"type": "ping"}, "unknown type: ping"),
        ({"action": "subscribe", "filters": ["algo"]}, "bad field: unknown filter algo"),
    ],
)
async def test_what_is_not_understood_is_an_error_and_the_socket_stays(
    web: Web, ground: Ground, frame: Any, message: str
) -> None:
    async with client(url(web, ground.code)) as socket:
        await socket.send(frame)
        await socket.wait_for(1)
        await socket.send({"type": "get_tickets_activos"})
        await socket.wait_until(lambda: "tickets_activos" in types(socket))
    assert socket.frames[0] == {"type": "error", "data": {"message": message}}


# -- Filters ------------------------------------------------------------------------------------------

EVENTS = {
    "parking_update": "parking_updates",
    "new_ticket": "new_tickets",
    "payment_completed": "payments",
    "system_alert": "alerts",
    "stats_update": "stats",
}
ALL = set(EVENTS)


async def test_filters_choose_what_is_told(web: Web, ground: Ground) -> None:
    chosen: list[tuple[list[tuple[str, list[str]]], set[str]]] = [
        *(([("subscribe", [filter])], {type}) for type, filter in EVENTS.items()),
        *(([("unsubscribe", [filter])], ALL - {type}) for type, filter in EVENTS.items()),
        ([("subscribe", ["tickets", "payments"]), ("unsubscribe", ["new_tickets"])], {"payment_completed"}),
        ([("subscribe", ["tickets"]), ("subscribe", ["alerts"])], {"new_ticket", "system_alert"}),
        ([("unsubscribe", list(EVENTS.values()))], set()),
        ([("subscribe", [])], ALL),
    ]
    async with clients([url(web, ground.code)] * len(chosen)) as sockets:
        for socket, (actions, _) in zip(sockets, chosen, strict=True):
            for action, filters in actions:
                await socket.send({"action": action, "filters": filters})
        everything = sockets[-1]
        await everything.wait_for(1)
        await asyncio.sleep(LATER)  # everybody has joined
        await in_thread(ground.leave, await in_thread(ground.enter))
        await in_thread(journal.store, ground.negocio.pk, [Telling("system_alert", ALERT, topics=("alerts",))])
        await everything.wait_until(lambda: types(everything) == ALL)
        await everything.quiet(LATER)
    for socket, (actions, expected) in zip(sockets, chosen, strict=True):
        assert types(socket) == expected, actions
    assert [data_of(everything, "system_alert"), len(data_of(everything, "new_ticket"))] == [[ALERT], 1]
