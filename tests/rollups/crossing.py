"""What do writers do who get into each other's way over rows that lead to each other? Orders and lines, at random."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, LiteralString

from tests.rollups.crowd import Script

REPAIRS_STATUSES = ("READY", "DELIVERED", "DELIVERED", "REJECTED")
MARKET_STATUSES = ("pending", "shipped", "delivered", "cancelled")
SOME = "id %% %(share)s = %(rest)s"
# Orders get their keys here, few of them, so that writers meet and keys come back.
REPAIRS: Sequence[LiteralString] = (
    """INSERT INTO repairs_order (id, negocio_id, equipment_id, status)
    SELECT %(key)s, %(negocio)s, (SELECT min(id) FROM repairs_equipment), %(repaired)s
    ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status, negocio_id = EXCLUDED.negocio_id""",
    f"""INSERT INTO repairs_order_detail (negocio_id, order_id, service_id, technician_id, sub_total)
    SELECT %(negocio)s, o.id, s.id, p.id, i
    FROM repairs_service AS s, repairs_person AS p, repairs_order AS o, generate_series(1, 2) AS i
    WHERE s.id %% 2 = %(half)s AND p.id %% 2 = %(half)s AND o.{SOME}""",
    f"UPDATE repairs_order SET status = %(repaired)s WHERE {SOME}",
    f"UPDATE repairs_order SET status = %(repaired)s, negocio_id = %(negocio)s WHERE {SOME}",
    f"UPDATE repairs_order_detail SET sub_total = sub_total + 1, technician_id = NULL WHERE {SOME}",
    f"""UPDATE repairs_order_detail SET order_id = (SELECT max(id) FROM repairs_order), negocio_id = %(negocio)s
    WHERE {SOME}""",
    f"DELETE FROM repairs_order_detail WHERE {SOME}",
    f"WITH lines AS (DELETE FROM repairs_order_detail WHERE order_{SOME}) DELETE FROM repairs_order WHERE {SOME}",
)
MARKET: Sequence[LiteralString] = (
    """INSERT INTO marketplace_order (id, negocio_id, status) SELECT %(key)s, %(negocio)s, %(ordered)s
    ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status""",
    f"""INSERT INTO marketplace_productorder (negocio_id, order_id, product_id, quantity, price)
    SELECT %(negocio)s, o.id, p.id, 2, 3 FROM marketplace_order AS o, marketplace_product AS p
    WHERE p.id %% 2 = %(half)s AND o.{SOME}""",
    f"UPDATE marketplace_order SET status = %(ordered)s WHERE {SOME}",
    """UPDATE marketplace_product SET seller_id = s.id
    FROM (SELECT id FROM marketplace_seller ORDER BY id %% %(share)s, id LIMIT 1) AS s
    WHERE marketplace_product.id %% 2 = %(half)s""",
    f"UPDATE marketplace_productorder SET quantity = quantity + 1 WHERE {SOME}",
    f"UPDATE marketplace_productorder SET product_id = (SELECT max(id) FROM marketplace_product) WHERE {SOME}",
    f"DELETE FROM marketplace_productorder WHERE {SOME}",
    f"""WITH lines AS (DELETE FROM marketplace_productorder WHERE order_{SOME})
    DELETE FROM marketplace_order WHERE {SOME}""",
)


def _values(random: Random) -> Mapping[str, Any]:
    share = random.choice((3, 5, 20))
    return {
        "key": random.randint(1, 40), "share": share, "rest": random.randrange(share), "half": random.randrange(2),
        "repaired": random.choice(REPAIRS_STATUSES), "ordered": random.choice(MARKET_STATUSES),
    }  # fmt: skip


ORDERS = Script(
    (*REPAIRS, *MARKET),
    (
        "TRUNCATE repairs_order CASCADE", "TRUNCATE repairs_order_detail", "TRUNCATE marketplace_order CASCADE",
        "TRUNCATE marketplace_productorder",
    ),
    _values,
)  # fmt: skip
# What they find: things, people, services and products, of each negocio.
FURNITURE: Sequence[LiteralString] = (
    "INSERT INTO repairs_equipment (negocio_id, name) VALUES (%(negocio)s, 'Radio')",
    "INSERT INTO repairs_service (negocio_id, name) SELECT %(negocio)s, 'Limpieza' FROM generate_series(1, 3)",
    """INSERT INTO repairs_person (negocio_id, name, role)
    SELECT %(negocio)s, 'Beto', 'Technician' FROM generate_series(1, 3)""",
    "INSERT INTO marketplace_seller (negocio_id, name) SELECT %(negocio)s, 'Ana' FROM generate_series(1, 3)",
    """INSERT INTO marketplace_product (negocio_id, name, price, seller_id)
    SELECT %(negocio)s, 'Radio', 1, id FROM marketplace_seller WHERE negocio_id = %(negocio)s""",
)
