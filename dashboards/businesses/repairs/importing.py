"""How do rows of a foreign file become repair orders, at once or as if they happened now?"""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from dashboards.businesses.repairs.copying import copy_in, new_keys
from dashboards.businesses.repairs.metrics.expressions import full_name
from dashboards.businesses.repairs.models import Client, Equipment, Person, RepairOrder
from dashboards.businesses.repairs.models.order import Status
from dashboards.businesses.repairs.parsing import amount, at, moment, status, text
from dashboards.importing import Field, ImportShape, MappedRow
from dashboards.models import Negocio

FIELDS = (
    Field("external_id", text("external_id", RepairOrder, "external_id"), required=True),
    Field("problem_description", text("problem_description"), default=""),
    Field("diagnosis", text("diagnosis"), default=""),
    Field("status", status, default=Status.IN_REVIEW.value),
    Field("created_at", moment("created_at")),
    Field("delivered_at", moment("delivered_at")),
    Field("estimated_cost", amount("estimated_cost"), default=0),
    Field("final_cost", amount("final_cost"), default=0),
    Field("equipment_name", text("equipment_name", Equipment, "name"), default=""),
    Field("equipment_category", text("equipment_category", Equipment, "category"), default=""),
    Field("brand", text("brand", Equipment, "brand"), default=""),
    Field("model", text("model", Equipment, "model"), default=""),
    Field("client_name", text("client_name", Person, "name"), default=""),
)
PLAIN = ("problem_description", "diagnosis", "status", "estimated_cost", "final_cost")
ORDER = (*PLAIN, "created_at", "delivered_at", "client_id")
EQUIPMENT = ("name", "brand", "model", "category", "client_id")

Key = tuple[int, str]  # negocio's key, external id of the order or name of the client
Values = Mapping[str, Any]


def write(rows: Sequence[tuple[Negocio, MappedRow]]) -> int:
    """Store the rows; see ImportShape. A row that says nothing new is not written, so that nothing is refreshed."""
    wanted = {(negocio.pk, str(row["external_id"])): (negocio, row) for negocio, row in rows}
    clients, stored, now = _clients(wanted.values()), _stored(wanted), timezone.now()
    new: list[tuple[Key, Values, Values]] = []
    changed: list[RepairOrder] = []
    for key, (negocio, row) in wanted.items():
        old = stored.get(key)
        values = _order_values(negocio, row, clients, old.created_at if old else now)
        things = _equipment_values(row, values["client_id"])
        if old is None:
            new.append((key, values, things))
        elif not (_holds(old, values) and _holds(old.equipment, things)):
            _assign(old, values)
            _assign(old.equipment, things)
            changed.append(old)
    _insert(new)
    _update(changed)
    return len(new)


def happen(negocio: Negocio, row: MappedRow) -> None:
    """Take the order in, now, then move it to its status: two saves, as it would go in the shop.

    An order that is there already (imported before) goes back to review and to the top of the list first.
    """
    now = timezone.now()
    key = (negocio.pk, str(row["external_id"]))
    order = _stored([key]).get(key) or RepairOrder(
        negocio=negocio, external_id=key[1], equipment=Equipment(negocio=negocio)
    )
    values = _order_values(negocio, row, _clients([(negocio, row)]), now)
    _assign(order.equipment, _equipment_values(row, values["client_id"]))
    order.equipment.save()
    _assign(order, {**values, "status": Status.IN_REVIEW, "created_at": now, "delivered_at": None})
    order.save()
    if values["status"] != Status.IN_REVIEW:
        order.status = values["status"]
        order.save()


def _stored(keys: Iterable[Key]) -> dict[Key, RepairOrder]:
    """The orders of these keys, with their equipment."""
    wanted = frozenset(keys)
    found = RepairOrder.objects.filter(
        negocio_id__in={negocio_id for negocio_id, _ in wanted}, external_id__in={name for _, name in wanted}
    ).select_related("equipment")
    orders = {(order.negocio_id, str(order.external_id)): order for order in found}
    return {key: order for key, order in orders.items() if key in wanted}


def _clients(rows: Iterable[tuple[Negocio, MappedRow]]) -> dict[Key, int]:
    """The key of every client that the rows name; who isn't there yet is made."""
    wanted = {(negocio.pk, str(row["client_name"])) for negocio, row in rows if row.get("client_name")}
    if not wanted:
        return {}
    there = Client.objects.annotate(whole=full_name()).filter(
        negocio_id__in={negocio_id for negocio_id, _ in wanted}, whole__in={name for _, name in wanted}
    )
    found = {(negocio, name): pk for negocio, name, pk in there.values_list("negocio_id", "whole", "pk")}
    missing = [Client(negocio_id=negocio_id, name=name) for negocio_id, name in sorted(wanted - found.keys())]
    if len(missing) == 1:
        missing[0].save()  # one that happens now is heard of through its signal
    else:
        Client.objects.bulk_create(missing)
    return found | {(client.negocio_id, client.name): client.pk for client in missing}


def _order_values(negocio: Negocio, row: MappedRow, clients: Mapping[Key, int], default: dt.datetime) -> Values:
    zone = zoneinfo.ZoneInfo(negocio.time_zone)
    created, delivered = row.get("created_at"), row.get("delivered_at")
    created_at = at(created, zone) if created else default
    # Who doesn't say when an order was delivered repairs while the client waits.
    delivered_at = at(delivered, zone) if delivered else created_at
    return {
        **{name: row[name] for name in PLAIN},
        "created_at": created_at,
        "delivered_at": delivered_at if row["status"] == Status.DELIVERED else None,
        "client_id": clients.get((negocio.pk, row["client_name"])),
    }


def _equipment_values(row: MappedRow, client_id: int | None) -> Values:
    """Each order has its own piece of equipment: of two laptops of one brand neither is the other."""
    category, brand = row["equipment_category"], row["brand"]
    name = row["equipment_name"] or category or brand or "Equipo"
    return {"name": name, "brand": brand, "model": row["model"], "category": category, "client_id": client_id}


def _holds(record: RepairOrder | Equipment, values: Values) -> bool:
    return all(getattr(record, name) == value for name, value in values.items())


def _assign(record: RepairOrder | Equipment, values: Values) -> None:
    for name, value in values.items():
        setattr(record, name, value)


def _insert(new: Sequence[tuple[Key, Values, Values]]) -> None:
    # Who inserts one of them meanwhile makes this fail; the import then tries again, and finds it stored.
    keys = new_keys(Equipment, len(new))
    copy_in(
        Equipment, ("id", "negocio_id", *EQUIPMENT),
        ((key, of[0], *(things[name] for name in EQUIPMENT)) for key, (of, _, things) in zip(keys, new, strict=True)),
    )  # fmt: skip
    copy_in(
        RepairOrder, ("negocio_id", "external_id", "equipment_id", *ORDER),
        ((*of, key, *(values[name] for name in ORDER)) for key, (of, values, _) in zip(keys, new, strict=True)),
    )  # fmt: skip


def _update(changed: Sequence[RepairOrder]) -> None:
    # Orders may share a piece of equipment, and one statement can't update a row twice.
    equipment = {order.equipment_id: order.equipment for order in changed}
    Equipment.objects.bulk_create(
        equipment.values(), update_conflicts=True, unique_fields=["pk"], update_fields=EQUIPMENT
    )
    RepairOrder.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["pk"], update_fields=(*ORDER, "updated_at")
    )


IMPORT = ImportShape(fields=FIELDS, external_id="external_id", when="created_at", write=write, happen=happen)
