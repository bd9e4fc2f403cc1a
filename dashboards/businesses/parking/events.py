"""What is told of a parking lot, when, and to whom? The types and data are those of wire.md, section 2."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery, Sum
from django.utils import timezone

from dashboards.alerts import SYSTEM_ALERT, Level, alert_data
from dashboards.businesses.parking.metrics.expressions import instant
from dashboards.businesses.parking.models import Espacio, Pago, Reserva, Ticket, Vehiculo
from dashboards.businesses.parking.models.record import Record, outside_id
from dashboards.days import local_now
from dashboards.kinds import EventRule, RowChange, Telling
from dashboards.metrics import number

State = Mapping[str, Any] | None
Clock = Callable[[], dt.datetime]
LIBRE, OCUPADO = Espacio.Estado.LIBRE.value, Espacio.Estado.OCUPADO.value
CONFIRMADA = Reserva.Estado.CONFIRMADA.value

# The columns that WatchTable keeps for the rules below; a test holds them against the migration.
STATES: Mapping[type[Record], tuple[str, ...]] = {
    Espacio: ("external_id", "numero", "estado"),
    Ticket: ("external_id", "espacio_id", "vehiculo_id", "fecha_ingreso", "fecha_salida"),
    Pago: ("ticket_id", "metodo", "monto", "fecha_pago"),
    Reserva: ("estado",),
}


def tell_espacios(changes: Sequence[RowChange], clock: Clock = timezone.now) -> list[Telling]:
    """A space that changed state, as both forms of client know it. No fact has a key: a space may do the same again."""
    latest, moment = _latest_tickets(change.key for change in changes), instant(clock())
    return [
        Telling(type, data, topics=("parking",))
        for change in changes
        for type, data in _espacio(change, latest.get(change.key), moment)
    ]


def _latest_tickets(espacios: Iterable[int]) -> dict[int, Ticket]:
    """Of each space the ticket that came last, open or closed, with `pagado`, what was paid for it."""
    newest = Ticket.objects.filter(espacio_id=OuterRef("pk")).order_by("-fecha_ingreso", "-pk").values("pk")[:1]
    last = Espacio.objects.filter(pk__in=list(espacios)).order_by().annotate(last=Subquery(newest)).values("last")
    tickets = Ticket.objects.filter(pk__in=last).select_related("vehiculo__cliente").order_by()
    return {ticket.espacio_id: ticket for ticket in tickets.annotate(pagado=Sum("pagos__monto"))}


def _espacio(change: RowChange, last: Ticket | None, moment: str) -> Iterator[tuple[str, dict[str, Any]]]:
    old, new = _states(change)
    standing = last if last is not None and last.fecha_salida is None else None
    named = {"espacio_id": outside_id(new["external_id"] or str(change.key)), "numero": new["numero"]}
    yield "parking_update", named | {
        "estado_anterior": old["estado"], "estado_actual": new["estado"], "timestamp": moment,
        "vehiculo": None if standing is None else {"placa": standing.vehiculo.placa, "cliente": _owner(standing)},
    }  # fmt: skip
    # To the field form a space is free or not.
    if new["estado"] == LIBRE:
        yield "espacio_liberado", named | _left(last if standing is None and old["estado"] == OCUPADO else None, moment)
    elif new["estado"] == OCUPADO or old["estado"] == LIBRE:
        yield "espacio_ocupado", named | {
            "vehiculo_placa": "" if standing is None else standing.vehiculo.placa,
            "hora_ingreso": moment if standing is None else instant(standing.fecha_ingreso),
        }  # fmt: skip


def _left(ticket: Any, moment: str) -> dict[str, Any]:
    if ticket is None or ticket.fecha_salida is None:
        return {"monto_pagado": 0, "hora_salida": moment}
    return {"monto_pagado": number(ticket.pagado), "hora_salida": instant(ticket.fecha_salida)}


def tell_tickets(changes: Sequence[RowChange]) -> list[Telling]:
    """A car that came in."""
    rows = {change.key: _states(change)[1] for change in changes}
    espacios = Espacio.objects.in_bulk({row["espacio_id"] for row in rows.values()})
    cars = Vehiculo.objects.select_related("cliente").in_bulk({row["vehiculo_id"] for row in rows.values()})
    return [
        _ticket(key, row, espacios.get(row["espacio_id"]), cars.get(row["vehiculo_id"])) for key, row in rows.items()
    ]


def _ticket(key: int, row: Mapping[str, Any], espacio: Espacio | None, vehiculo: Vehiculo | None) -> Telling:
    data = {
        "ticket_id": outside_id(row["external_id"] or str(key)),
        "vehiculo": vehiculo.placa if vehiculo else "",
        "espacio": espacio.numero if espacio else "",
        "fecha_entrada": _moment(row["fecha_ingreso"]),
        "cliente": vehiculo.cliente.nombre if vehiculo and vehiculo.cliente else "",
    }
    return Telling("new_ticket", data, topics=("tickets",), key=f"parking_ticket/{key}/new_ticket")


def tell_payments(changes: Sequence[RowChange]) -> list[Telling]:
    """Money that came in."""
    rows = {change.key: _states(change)[1] for change in changes}
    names = dict(
        Ticket.objects.filter(pk__in={row["ticket_id"] for row in rows.values()}).values_list("pk", "external_id")
    )
    return [
        Telling(
            "payment_completed",
            {
                "ticket_id": outside_id(names.get(row["ticket_id"]) or str(row["ticket_id"])),
                "monto": _money(row["monto"]),
                "metodo_pago": row["metodo"],
                "fecha_pago": _moment(row["fecha_pago"]),
            },
            topics=("payments",), key=f"parking_pago/{key}/payment_completed",
        )
        for key, row in rows.items()
    ]  # fmt: skip


def tell_payment_updates(changes: Sequence[RowChange], clock: Clock = timezone.now) -> list[Telling]:
    """A payment that was corrected: to who paid."""
    keys = {_states(change)[1]["ticket_id"] for change in changes}
    tickets = Ticket.objects.select_related("vehiculo__cliente").in_bulk(keys)
    told = []
    for change in changes:
        _, row = _states(change)
        ticket = tickets.get(row["ticket_id"])
        if ticket is not None and (user := _user(ticket.vehiculo)):
            amount = f"{Decimal(str(row['monto'])):.2f}".replace(".", ",")
            told.append(_alert(user, f"El pago de su ticket {ticket.wire_id} se actualizó: ${amount}.", clock))
    return told


def tell_confirmations(changes: Sequence[RowChange], clock: Clock = timezone.now) -> list[Telling]:
    """A reservation that was confirmed: to who reserved."""
    reservas = Reserva.objects.select_related("cliente", "espacio", "negocio").in_bulk(
        [change.key for change in changes]
    )
    return [
        _alert(reserva.cliente.usuario_id, _promise(reserva), clock, f"parking_reserva/{reserva.pk}/confirmada")
        for reserva in reservas.values()
        if reserva.cliente.usuario_id
    ]


def _promise(reserva: Reserva) -> str:
    begins = local_now(reserva.negocio.time_zone, reserva.desde)
    return f"Su reserva del espacio {reserva.espacio.numero} está confirmada: {begins:%d/%m/%Y a las %H:%M}."


def _alert(user: str, message: str, clock: Clock, key: str = "") -> Telling:
    data = alert_data(Level.INFO, message, instant(clock()), False)
    return Telling(SYSTEM_ALERT, data, message=message, user=user, key=key)


def _user(vehiculo: Vehiculo) -> str:
    return vehiculo.cliente.usuario_id if vehiculo.cliente else ""


def _owner(ticket: Ticket) -> str:
    return ticket.vehiculo.cliente.nombre if ticket.vehiculo.cliente else ""


def _states(change: RowChange) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return change.old or {}, change.new or {}


def _moment(text: str) -> str:
    """A moment as jsonb writes it, in the writer's time zone."""
    return instant(dt.datetime.fromisoformat(text))


def _money(amount: Any) -> float | int:
    return number(Decimal(str(amount)))


def _moved(old: State, new: State) -> bool:
    return old is not None and new is not None and old["estado"] != new["estado"]


def _opened(old: State, new: State) -> bool:
    return new is not None and new["fecha_salida"] is None


def _corrected(old: State, new: State) -> bool:
    return old is not None and new is not None and old != new


def _confirmed(old: State, new: State) -> bool:
    return new is not None and new["estado"] == CONFIRMADA and (old is None or old["estado"] != CONFIRMADA)


EVENTS = (
    EventRule("parking_update", Espacio, "update", _moved, tell_espacios),
    EventRule("new_ticket", Ticket, "insert", _opened, tell_tickets),
    EventRule("payment_completed", Pago, "insert", tell=tell_payments),
    EventRule("payment_updated", Pago, "update", _corrected, tell_payment_updates),
    EventRule("reservation_confirmed", Reserva, "insert", _confirmed, tell_confirmations),
    EventRule("reservation_confirmed", Reserva, "update", _confirmed, tell_confirmations),
)
