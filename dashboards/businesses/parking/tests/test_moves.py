"""Does the table of moves say exactly which figures a write to a table can touch?"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.businesses.parking.kind import KIND
from dashboards.businesses.parking.models import (
    Cliente,
    Espacio,
    Pago,
    Reserva,
    Seccion,
    Tarifa,
    Ticket,
    Vehiculo,
)
from dashboards.businesses.parking.tests.lot import HOUR, NOON, Lot, figures
from dashboards.models import Change, Negocio

MODELS = (Seccion, Espacio, Cliente, Vehiculo, Tarifa, Ticket, Pago, Reserva)
Figures = dict[str, dict[int, Any]]


@pytest.fixture
def lots(lot: Lot, other: Lot) -> tuple[Lot, Lot]:
    """Two lots in which every figure is something."""
    for each in (lot, other):
        secciones = [each.seccion("A"), each.seccion("B")]
        clientes = [each.cliente("Ana"), each.cliente("Berta")]
        cars = [each.vehiculo(cliente=cliente) for cliente in clientes]
        tarifa = each.tarifa()
        for place, seccion in enumerate(secciones):
            taken = each.espacio(estado="ocupado", seccion=seccion)
            ticket = each.ticket(taken, cars[place], tarifa=tarifa)
            each.pago(ticket, "2"), each.espacio(seccion=seccion)
            each.pago(each.ticket(taken, cars[place], fecha_salida=NOON - HOUR), "3")
            each.reserva(espacio=each.espacio(estado="reservado", seccion=seccion), cliente=clientes[place])
    return lot, other


def test_the_keys_are_the_tables_of_the_kind() -> None:
    assert set(KIND.moves) == set(apps.get_app_config("parking").get_models()) == set(MODELS)


def first(model: type[models.Model], **where: Any) -> models.QuerySet[Any]:
    """The first row of the lote that fits, as a queryset that writes to its own table only."""
    manager: models.Manager[Any] = model._default_manager
    key = manager.filter(negocio__code="lote", **where).order_by("pk").values_list("pk", flat=True).first()
    assert key is not None
    return manager.filter(pk=key)


def drop(rows: models.QuerySet[Any]) -> None:
    """Delete the rows of one table and leave what hangs on them, as the first statement of a cascade does not."""
    rows._raw_delete(rows.db)


# For each model, writes that together touch all that one can touch.
TELLING: dict[type[models.Model], tuple[Callable[[], Any], ...]] = {
    Seccion: (lambda: first(Seccion).update(letra="Z"),),
    Espacio: (
        lambda: first(Espacio, estado="ocupado").update(numero="Z", external_id="z"),
        lambda: first(Espacio, estado="libre").update(estado="mantenimiento"),
    ),
    Cliente: (lambda: first(Cliente).update(nombre="Zulema"),),
    Vehiculo: (lambda: first(Vehiculo).update(placa="ZZZ-0001", external_id="z"),),
    Tarifa: (lambda: first(Tarifa).update(precio_hora=99), lambda: drop(first(Tarifa))),
    Ticket: (lambda: drop(first(Ticket, fecha_salida__isnull=True)),),
    Pago: (lambda: drop(first(Pago)),),
    Reserva: (lambda: first(Reserva).update(estado="confirmada"), lambda: drop(first(Reserva))),
}


@pytest.mark.parametrize("model", MODELS)
def test_each_named_figure_can_really_move(lots: tuple[Lot, Lot], model: type[models.Model]) -> None:
    before = _now(lots)
    moved: set[str] = set()
    for write in TELLING[model]:
        with _undone():
            write()
            moved |= {name for name, _ in _moved(before, _now(lots))}
    assert moved == KIND.moves[model]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_write_moves_an_unnamed_figure_or_an_unheard_of_negocio(lots: tuple[Lot, Lot], data: Any) -> None:
    model = data.draw(st.sampled_from(MODELS))
    with _undone():
        before = _now(lots)
        Change.objects.all().delete()
        # What a constraint refuses changes nothing.
        with suppress(IntegrityError), transaction.atomic():
            data.draw(st.sampled_from([_update, _update, _insert, _delete]))(model, data)
        moved = _moved(before, _now(lots))
        told = set(Change.objects.filter(source=model._meta.db_table).values_list("negocio_id", flat=True))
    assert {name for name, _ in moved} <= KIND.moves[model]
    assert {negocio for _, negocio in moved} <= told


def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key and field.name != "negocio"]


def _update(model: type[models.Model], data: Any) -> None:
    chosen = data.draw(st.lists(st.sampled_from(_fields(model)), min_size=1, unique=True))
    row = _some_row(model, data)
    of_all = data.draw(st.booleans())
    rows = model._default_manager.filter(**({"negocio": row.negocio} if of_all else {"pk": row.pk}))
    rows.update(**{field.name: _value(field, row.negocio, data) for field in chosen})


def _insert(model: type[models.Model], data: Any) -> None:
    negocio = data.draw(st.sampled_from(list(Negocio.objects.order_by("pk"))))
    values = {field.name: _value(field, negocio, data) for field in _fields(model)}
    model._default_manager.bulk_create([model(negocio=negocio, **values)])


def _delete(model: type[models.Model], data: Any) -> None:
    drop(model._default_manager.filter(pk=_some_row(model, data).pk))


def _some_row(model: type[models.Model], data: Any) -> Any:
    return data.draw(st.sampled_from(list(model._default_manager.order_by("pk"))))


def _value(field: Any, negocio: Negocio, data: Any) -> Any:
    """Any value that the column takes, links to rows of the same negocio only."""
    if isinstance(field, models.ForeignKey):
        rows = list(field.related_model._base_manager.filter(negocio=negocio).order_by("pk"))
        return data.draw(st.sampled_from([*rows, *([None] if field.null else [])]))
    if field.choices:
        return data.draw(st.sampled_from([choice for choice, _ in field.choices]))
    if field.name == "external_id":
        return data.draw(st.none() | st.uuids().map(str))
    for kind, strategy in VALUES.items():
        if isinstance(field, kind):
            return data.draw(st.none() | strategy) if field.null else data.draw(strategy)
    raise AssertionError(f"no value for {field}")


VALUES: dict[type[Any], st.SearchStrategy[Any]] = {
    models.DecimalField: st.decimals(0, 1000, places=2, allow_nan=False).map(Decimal),
    models.BooleanField: st.booleans(),
    models.DateTimeField: st.integers(-48, 9).map(lambda hours: NOON + dt.timedelta(hours=hours)),
    models.CharField: st.sampled_from(["", "Ana", "Zoe", "ñandú", "A10"]),
}


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _now(lots: tuple[Lot, Lot]) -> Figures:
    return figures(*(lot.negocio for lot in lots))


def _moved(before: Figures, after: Figures) -> set[tuple[str, int]]:
    return {
        (name, negocio)
        for name, of_negocio in after.items()
        for negocio, figure in of_negocio.items()
        if figure != before[name][negocio]
    }
