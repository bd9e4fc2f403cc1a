"""Are the figures of attached tables those that an independent count of their own tables gives, whoever writes?"""

from collections.abc import Callable
from typing import Any

import pytest

from dashboards.businesses.parking.models import Espacio
from dashboards.kinds import kind_named
from dashboards.metrics import Scope, compute
from dashboards.models import Negocio
from tests.attach import theirs
from tests.attach.database import KINDS, NEGOCIO, Team, attach_layout, figure

Truth = Callable[[Team], None]


def citas(team: Team) -> None:
    for id, total, today, done, cancelled in team.rows(
        "SELECT n.id::text, count(c), count(*) FILTER (WHERE fecha = (now() AT TIME ZONE 'UTC')::date), "
        "count(*) FILTER (WHERE estado = 'atendida'), count(*) FILTER (WHERE estado = 'cancelada') "
        "FROM negocios n LEFT JOIN citas c ON c.negocio_id = n.id GROUP BY n.id"
    ):
        assert figure(id, "stats") == {
            "totalCitas": total, "citasHoy": today, "citasCompletadas": done, "citasCanceladas": cancelled,
        }  # fmt: skip


def field(team: Team) -> None:
    ((total, free, inside, today, month),) = team.rows(
        "SELECT (SELECT count(*) FROM espacio), (SELECT count(*) FROM espacio WHERE estado), "
        '(SELECT count(*) FROM ticket WHERE "fechaSalida" IS NULL), '
        "coalesce(sum(pago_total) FILTER (WHERE fecha_pago::date = (now() AT TIME ZONE 'UTC')::date), 0), "
        "coalesce(sum(pago_total) FILTER "
        "(WHERE date_trunc('month', fecha_pago) = date_trunc('month', now() AT TIME ZONE 'UTC')), 0) FROM detalle_pago"
    )
    assert figure(NEGOCIO, "dashboard") == {
        "espacios_disponibles": free, "espacios_ocupados": total - free, "total_espacios": total,
        "dinero_recaudado_hoy": round(today, 2), "dinero_recaudado_mes": round(month, 2), "vehiculos_activos": inside,
    }  # fmt: skip
    listed = [space for section in figure(NEGOCIO, "espacios_por_seccion") for space in section["espacios"]]
    assert sorted((space["id"], space["numero"], space["estado"], space["seccion_letra"]) for space in listed) == (
        team.rows(
            "SELECT e.id::text, numero, estado, coalesce(letra_seccion, '') FROM espacio e "
            'LEFT JOIN seccion s ON s.id = "seccionId" ORDER BY e.id::text, numero'
        )
    )
    assert sorted((one["id"], one["espacio_id"], one["vehiculo_id"]) for one in figure(NEGOCIO, "tickets_activos")) == (
        team.rows(
            'SELECT id::text, "espacioId"::text, "vehiculoId"::text FROM ticket WHERE "fechaSalida" IS NULL ORDER BY 1'
        )
    )


def documented(team: Team) -> None:
    ((total, free),) = team.rows("SELECT count(*), count(*) FILTER (WHERE estado = 'libre') FROM espacios")
    expected = {"espacios_total": total, "espacios_libres": free, "espacios_ocupados": total - free, "ingresos_dia": 0}
    assert figure(NEGOCIO, "stats") == expected
    counted = {entry["estado"]: entry["count"] for entry in figure(NEGOCIO, "ocupacion")["porEstado"] if entry["count"]}
    assert counted == dict(team.rows("SELECT estado, count(*) FROM espacios GROUP BY estado"))


def repairs(team: Team) -> None:
    ((total, rejected, done, revenue, average),) = team.rows(
        "SELECT count(*), count(*) FILTER (WHERE status = 'REJECTED'), count(*) FILTER (WHERE status = 'DELIVERED'), "
        "coalesce(sum(\"finalCost\") FILTER (WHERE status = 'DELIVERED'), 0), "
        "coalesce(round(avg(\"finalCost\") FILTER (WHERE status = 'DELIVERED'), 2), 0) FROM repair_order"
    )
    assert figure(NEGOCIO, "orders_overview") == {
        "totalOrders": total, "activeOrders": total - rejected - done, "rejectedOrders": rejected,
        "completedOrders": done,
    }  # fmt: skip
    expected = {"totalRevenue": float(revenue), "averageCost": float(average), "completedOrdersCount": done}
    assert figure(NEGOCIO, "orders_revenue") == expected
    clients = [(each["id"], each["name"], each["totalOrders"], each["totalSpent"]) for each in top(team)]
    assert clients == [
        (id, name, orders, float(spent))
        for id, name, orders, spent in team.rows(
            "SELECT u.id::text, u.name || ' ' || u.\"lastName\", count(*), "
            "coalesce(sum(\"finalCost\") FILTER (WHERE o.status = 'DELIVERED'), 0) AS spent "
            'FROM repair_order o JOIN equipments e ON e.id = "equipmentId" JOIN "User" u ON u.id = "userId" '
            "WHERE role = 'User' GROUP BY u.id ORDER BY spent DESC, 3 DESC, 2 LIMIT 5"
        )
    ]
    recent = [(each["id"], each["equipmentName"]) for each in figure(NEGOCIO, "orders_recent")["recentOrders"]]
    assert recent == team.rows(
        'SELECT o.id::text, e.name FROM repair_order o JOIN equipments e ON e.id = "equipmentId" '
        'ORDER BY o."createdAt" DESC LIMIT 10'
    )


def top(team: Team) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = figure(NEGOCIO, "users_top_clients")["topClients"]
    return found


def marketplace(team: Team) -> None:
    stats = figure(NEGOCIO, "admin_stats")
    ((orders, income, products, sellers),) = team.rows(
        "SELECT count(*), coalesce(sum(total_amount) FILTER (WHERE status NOT IN ('pending', 'cancelled')), 0), "
        '(SELECT count(*) FROM product), (SELECT count(DISTINCT id_seller) FROM product) FROM "order"'
    )
    assert (stats["orders_total"], stats["income_total"]) == (orders, float(income))
    assert (stats["products_total"], stats["sellers"]) == (products, sellers)
    words = {entry["status"]: entry["count"] for entry in stats["orders_by_status"] if entry["count"]}
    assert words == dict(team.rows('SELECT status, count(*) FROM "order" GROUP BY status'))
    kinds = {entry["status"]: entry["count"] for entry in stats["products_by_status"] if entry["count"]}
    assert kinds == dict(team.rows("SELECT status::text, count(*) FROM product GROUP BY status"))
    offered = {entry["seller_id"]: entry["products"] for entry in figure(NEGOCIO, "seller_stats")["sellers"]}
    assert offered == dict(team.rows("SELECT id_seller, count(*) FROM product GROUP BY id_seller"))
    recent = [order["order_id"] for order in figure(NEGOCIO, "orders_recent")["recent_orders"]]
    newest = team.rows('SELECT id_order FROM "order" ORDER BY order_date DESC, id_order DESC LIMIT %s', len(recent))
    assert recent == [id for (id,) in newest]


# Of each layout: the independent count, and statements that move the figures. They come one after another.
CASES: dict[str, tuple[Truth, tuple[str, ...]]] = {
    "citas": (
        citas,
        (
            "INSERT INTO citas (cliente_id, negocio_id, fecha, hora_inicio, hora_fin) "
            "SELECT id, id, current_date, '10:00', '11:00' FROM negocios",
            "UPDATE citas SET estado = 'atendida' WHERE estado = 'pendiente' AND fecha <= current_date",
            "DELETE FROM citas WHERE estado = 'cancelada'",
            "INSERT INTO citas (cliente_id, negocio_id, fecha, hora_inicio, hora_fin) "
            "SELECT n.id, n.id, current_date + g % 5, '10:00', '11:00' FROM negocios n, generate_series(1, 4000) g",
            "UPDATE citas SET negocio_id = (SELECT min(id::text)::uuid FROM negocios)",
            "TRUNCATE citas",
        ),
    ),
    "field": (
        field,
        (
            "UPDATE espacio SET estado = false WHERE numero = '7'",
            "INSERT INTO ticket (\"vehiculoId\", \"espacioId\") VALUES (md5('vehiculo1')::uuid, md5('espacio7')::uuid)",
            "INSERT INTO detalle_pago (metodo, pago_total, \"ticketId\") VALUES ('tarjeta', 3.1, md5('ticket2')::uuid)",
            "UPDATE ticket SET \"fechaSalida\" = now() WHERE \"espacioId\" = md5('espacio2')::uuid",
            "INSERT INTO espacio (numero, estado) SELECT 'N' || n, n % 2 = 0 FROM generate_series(1, 3000) AS n",
            "DELETE FROM espacio WHERE numero LIKE 'N1%'",
            "TRUNCATE espacio CASCADE",
        ),
    ),
    "documented": (
        documented,
        (
            "UPDATE espacios SET estado = 'libre' WHERE numero = 'A1'",
            "INSERT INTO espacios (numero, estado) SELECT 'B' || n, 'ocupado' FROM generate_series(1, 50) AS n",
            "DELETE FROM espacios WHERE estado = 'reservado'",
            "TRUNCATE espacios",
        ),
    ),
    "repairs": (
        repairs,
        (
            "UPDATE repair_order SET status = 'DELIVERED', \"finalCost\" = 12.25 WHERE status = 'READY'",
            'UPDATE equipments SET "userId" = md5(\'user2\')::uuid',
            "UPDATE \"User\" SET role = 'User' WHERE name = 'Nombre1'",
            "INSERT INTO repair_order (\"equipmentId\", \"createdAt\") VALUES (md5('equipment1')::uuid, '2027-01-01')",
            "DELETE FROM repair_order WHERE status = 'REJECTED'",
            "TRUNCATE repair_order CASCADE",
        ),
    ),
    "marketplace": (
        marketplace,
        (
            "UPDATE \"order\" SET status = 'confirmed' WHERE status = 'pending'",
            "INSERT INTO product (id_seller, status) VALUES (9, 'active'), (9, 'pending')",
            "INSERT INTO \"order\" (id_client, total_amount, status) SELECT 1, 1.5, 'shipped' "
            "FROM generate_series(1, 2000)",
            "DELETE FROM \"order\" WHERE status = 'cancelled'",
            'TRUNCATE "order" CASCADE',
        ),
    ),
}  # fmt: skip
every_layout = pytest.mark.parametrize("layout", CASES)


@every_layout
def test_figures_equal_an_independent_count(team: Team, layout: str) -> None:
    truth, statements = CASES[layout]
    theirs.create(team.connection, layout)
    attach_layout(layout)
    truth(team)
    for statement in statements:
        team.execute(statement)
        truth(team)


@every_layout
def test_every_metric_can_be_computed(team: Team, layout: str) -> None:
    theirs.create(team.connection, layout)
    attachment = attach_layout(layout)
    ids = list(attachment.negocios.values_list("negocio_id", flat=True))
    for metric in kind_named(KINDS[layout]).metrics:
        computed = compute(metric, Scope(ids))
        assert (computed.unreadable, set(computed.figures)) == ({}, set(ids)), metric.name


def test_own_rows_and_attached_rows_count_alike(team: Team) -> None:
    theirs.create(team.connection, "documented")
    attach_layout("documented")
    Espacio.objects.create(negocio=Negocio.objects.get(code=NEGOCIO), numero="Z")
    assert figure(NEGOCIO, "stats")["espacios_total"] == 13
    assert figure(NEGOCIO, "stats")["espacios_libres"] == 4


def test_two_open_tickets_of_a_space_are_one_space_with_the_newest(team: Team) -> None:
    theirs.create(team.connection, "field")
    attach_layout("field")
    team.execute(
        'INSERT INTO ticket ("vehiculoId", "espacioId", "fechaIngreso") '
        "VALUES (md5('vehiculo3')::uuid, md5('espacio1')::uuid, now() + interval '1 minute')"
    )
    spaces = [space for section in figure(NEGOCIO, "espacios_por_seccion") for space in section["espacios"]]
    assert len(spaces) == 10
    assert {space["vehiculo_placa"] for space in spaces if space["numero"] == "1"} == {"PBA-0003"}
