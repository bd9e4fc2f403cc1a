"""What does a negocio of a million rows consist of? Of each of some kinds, written by plain SQL."""

from collections.abc import Mapping, Sequence

from django.db import connection

from dashboards.models import Negocio

MOST_AT_ONCE = 1_000_000  # rows of a statement that loads
# Three years, the last month of them ahead; each day has rows of every hour and state.
CITAS = """
INSERT INTO citas_cita (negocio_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en, actualizado_en)
SELECT {negocio}, '', '', current_date + 30 - (i % 1095)::int, make_time(8 + (i / 1095 % 10)::int, 0, 0),
  (array['pendiente', 'confirmada', 'en_atencion', 'completada', 'cancelada'])[1 + i / 10950 % 5], now(), now()
FROM generate_series({first}, {last}) AS i
"""
PAGOS = """
INSERT INTO parking_pago (negocio_id, ticket_id, metodo, monto, fecha_pago)
SELECT {negocio}, (SELECT max(id) FROM parking_ticket), 'efectivo', 1 + i % 20, now() - i % 1095 * interval '1 day'
  - i / 1095 % 96 * interval '15 minutes'
FROM generate_series({first}, {last}) AS i
"""
ORDERS = """
INSERT INTO repairs_order (negocio_id, equipment_id, client_id, status, final_cost, created_at)
SELECT {negocio}, (SELECT max(id) FROM repairs_equipment), (SELECT max(id) FROM repairs_person) - i % 500,
  (array['IN_REVIEW', 'REJECTED', 'IN_REPAIR', 'READY', 'DELIVERED'])[1 + i / 500 % 5], i % 300,
  now() - i % 1095 * interval '1 day'
FROM generate_series({first}, {last}) AS i
"""
# Every other order has two details: as many in all as there are orders.
DETAILS = """
INSERT INTO repairs_order_detail (negocio_id, order_id, service_id, technician_id, sub_total)
SELECT {negocio}, o.id, (SELECT max(id) FROM repairs_service) - (o.id / 2 + i) % 40,
  (SELECT max(id) FROM repairs_person WHERE role = 'Technician') - (o.id / 2 * i) % 50, o.id % 90
FROM repairs_order AS o, generate_series(1, 2) AS i
WHERE o.id > (SELECT max(id) FROM repairs_order) - ({last} - {first} + 1) AND o.id % 2 = 0
"""
SALES = """
INSERT INTO marketplace_order (negocio_id, status, total_amount, order_date)
SELECT {negocio}, (array['pending', 'shipped', 'delivered', 'delivered', 'cancelled'])[1 + i / 500 % 5], i % 300,
  now() - i % 1095 * interval '1 day' - i / 1095 % 96 * interval '15 minutes'
FROM generate_series({first}, {last}) AS i
"""
LINES = """
INSERT INTO marketplace_productorder (negocio_id, order_id, product_id, quantity, price)
SELECT {negocio}, o.id, (SELECT max(id) FROM marketplace_product) - (o.id / 2 * i) % 500, 1 + o.id % 3, o.id % 90
FROM marketplace_order AS o, generate_series(1, 2) AS i
WHERE o.id > (SELECT max(id) FROM marketplace_order) - ({last} - {first} + 1) AND o.id % 2 = 0
"""
# What one negocio of the kind has before: whom or what the rows link to.
FURNISHED: Mapping[str, Sequence[str]] = {
    "citas": (),
    "parking": (
        "INSERT INTO parking_espacio (negocio_id, numero) VALUES ({negocio}, '1')",
        "INSERT INTO parking_vehiculo (negocio_id, placa) VALUES ({negocio}, 'PBA-0001')",
        "INSERT INTO parking_ticket (negocio_id, espacio_id, vehiculo_id) "
        "SELECT {negocio}, (SELECT max(id) FROM parking_espacio), (SELECT max(id) FROM parking_vehiculo)",
    ),
    "repairs": (
        "INSERT INTO repairs_equipment (negocio_id, name) VALUES ({negocio}, 'Radio')",
        "INSERT INTO repairs_service (negocio_id, name) "
        "SELECT {negocio}, 'Limpieza ' || i FROM generate_series(1, 40) AS i",
        "INSERT INTO repairs_person (negocio_id, name, role) "
        "SELECT {negocio}, 'Beto ' || i, 'Technician' FROM generate_series(1, 50) AS i",
        "INSERT INTO repairs_person (negocio_id, name) SELECT {negocio}, 'Ana ' || i FROM generate_series(1, 500) AS i",
    ),
    "marketplace": (
        "INSERT INTO marketplace_seller (negocio_id, name) "
        "SELECT {negocio}, 'Eva ' || i FROM generate_series(1, 50) AS i",
        "INSERT INTO marketplace_product (negocio_id, name, price, seller_id) SELECT {negocio}, 'Radio ' || i, 1, "
        "(SELECT max(id) FROM marketplace_seller) - i % 50 FROM generate_series(1, 500) AS i",
    ),
}  # fmt: skip
KINDS: Mapping[str, Sequence[str]] = {
    "citas": (CITAS,), "parking": (PAGOS,), "repairs": (ORDERS, DETAILS), "marketplace": (SALES, LINES),
}  # fmt: skip


def furnished(kind: str, code: str) -> int:
    """A negocio of the kind without rows that are counted, by its key."""
    negocio = Negocio.objects.create(code=code, name=kind, kind=kind, time_zone="America/Guayaquil")
    for statement in FURNISHED[kind]:
        _run(statement.format(negocio=negocio.pk))
    return negocio.pk


def loaded(kind: str, size: int, code: str = "") -> int:
    """A negocio of so many rows, by its key; its code says how many, unless it has another."""
    negocio = furnished(kind, code or f"{kind}-{size}")
    for first in range(1, size + 1, MOST_AT_ONCE):
        for statement in KINDS[kind]:
            _run(statement.format(negocio=negocio, first=first, last=min(size, first + MOST_AT_ONCE - 1)))
    return negocio


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
