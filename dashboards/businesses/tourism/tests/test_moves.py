"""Does the table of moves say exactly which figures a write to a table can touch?"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.businesses.tourism.kind import KIND
from dashboards.businesses.tourism.models import (
    Contratacion,
    Destino,
    Guia,
    Recomendacion,
    Reserva,
    Servicio,
    Tour,
    Usuario,
)
from dashboards.businesses.tourism.tests.operator import DAY, NOW, Operator, figures
from dashboards.models import Change, Negocio

Model = type[models.Model]
Shops = tuple[Operator, Operator]
MODELS: tuple[Model, ...] = (Destino, Guia, Tour, Servicio, Usuario, Reserva, Contratacion, Recomendacion)


@pytest.fixture
def shops(shop: Operator, other: Operator) -> Shops:
    """Two operators at which every figure is something."""
    for each in (shop, other):
        users = [each.usuario("Ana"), each.usuario("Bruno")]
        tours = [each.tour(nombre, destino=each.destino(), guia=each.guia()) for nombre in ("Aves", "Baños")]
        for place, estado in enumerate(Reserva.Estado.values):
            each.reserva(
                tours[place % 2], estado, str(10 + place), usuario=users[place % 2], personas=1 + place,
                fecha=DAY + dt.timedelta(days=1 + place),
            )  # fmt: skip
        for stars in (3, 5):
            each.recomendacion(stars, usuario=users[0])
            each.contratacion(precio=str(stars), usuario=users[0])
    return shop, other


def test_the_keys_are_the_tables_of_the_kind() -> None:
    assert set(KIND.moves) == set(apps.get_app_config("tourism").get_models()) == set(MODELS)


@pytest.mark.django_db
def test_every_table_is_watched_since_people_are_told_of_each() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pulso_%'")
        watched = {table for (table,) in cursor.fetchall() if table.startswith("tourism_")}
    assert watched == {model._meta.db_table for model in MODELS}


def drop(rows: models.QuerySet[Any]) -> None:
    """Delete the rows of one table and leave what hangs on them, as the first statement of a cascade does not."""
    rows._raw_delete(rows.db)


# For each model, writes that together touch all that one can touch.
TELLING: dict[Model, tuple[Callable[[], Any], ...]] = {
    Reserva: (lambda: drop(Reserva.objects.filter(negocio__code="rutas", estado="confirmada")),),
    Contratacion: (lambda: Contratacion.objects.update(precio=77),),
    Recomendacion: (lambda: Recomendacion.objects.update(calificacion=1),),
    Tour: (lambda: Tour.objects.filter(negocio__code="rutas").update(nombre="Otro"),),
    Usuario: (lambda: Usuario.objects.filter(negocio__code="rutas").update(nombre="Zoe"),),
    Servicio: (lambda: Servicio.objects.update(nombre="Otro", precio=9),),
    Destino: (lambda: Destino.objects.update(nombre="Otro"),),
    Guia: (lambda: Guia.objects.update(nombre="Otro"),),
}


@pytest.mark.parametrize("model", MODELS)
def test_each_named_figure_can_really_move(shops: Shops, model: Model) -> None:
    before = _now(shops)
    moved: set[str] = set()
    for write in TELLING[model]:
        with _undone():
            write()
            moved |= {name for name, _ in _moved(before, _now(shops))}
    assert moved == KIND.moves[model]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_write_moves_an_unnamed_figure_or_an_unheard_of_negocio(shops: Shops, data: Any) -> None:
    model = data.draw(st.sampled_from(MODELS))
    with _undone():
        before = _now(shops)
        Change.objects.all().delete()
        data.draw(st.sampled_from([_update, _update, _insert, _delete]))(model, data)
        moved = _moved(before, _now(shops))
        told = set(Change.objects.filter(source=model._meta.db_table).values_list("negocio_id", flat=True))
    assert {name for name, _ in moved} <= KIND.moves[model]
    assert {negocio for _, negocio in moved} <= told


def _update(model: Model, data: Any) -> None:
    chosen = data.draw(st.lists(st.sampled_from(_fields(model)), min_size=1, unique=True))
    row = _some_row(model, data)
    of_all = data.draw(st.booleans()) and all(field.name != "external_id" for field in chosen)
    rows = model._default_manager.filter(**({"negocio": row.negocio} if of_all else {"pk": row.pk}))
    rows.update(**{field.name: _value(field, row.negocio, data) for field in chosen})


def _insert(model: Model, data: Any) -> None:
    negocio = data.draw(st.sampled_from(list(Negocio.objects.order_by("pk"))))
    values = {field.name: _value(field, negocio, data) for field in _fields(model)}
    model._default_manager.bulk_create([model(negocio=negocio, **values)])


def _delete(model: Model, data: Any) -> None:
    drop(model._default_manager.filter(pk=_some_row(model, data).pk))


def _fields(model: Model) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key and field.name != "negocio"]


def _some_row(model: Model, data: Any) -> Any:
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
            return data.draw(strategy)
    raise AssertionError(f"no value for {field}")


# More special types first.
VALUES: dict[type[Any], st.SearchStrategy[Any]] = {
    ArrayField: st.lists(st.sampled_from(["español", "quichua"]), max_size=2),
    models.DecimalField: st.decimals(0, 1000, places=2, allow_nan=False).map(Decimal),
    models.BooleanField: st.booleans(),
    models.DateTimeField: st.integers(-50, 5).map(lambda hours: NOW + dt.timedelta(hours=hours)),
    models.DateField: st.integers(-1, 8).map(lambda days: DAY + dt.timedelta(days=days)),
    models.IntegerField: st.integers(1, 5),
    models.CharField: st.sampled_from(["", "Ana", "Zoe", "ñandú"]),
    models.TextField: st.sampled_from(["", "Muy bonito"]),
}


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _now(shops: Shops) -> dict[str, dict[int, Any]]:
    return figures(*(shop.negocio for shop in shops))


def _moved(before: dict[str, dict[int, Any]], after: dict[str, dict[int, Any]]) -> set[tuple[str, int]]:
    return {
        (name, negocio)
        for name, of_negocio in after.items()
        for negocio, figure in of_negocio.items()
        if figure != before[name][negocio]
    }
