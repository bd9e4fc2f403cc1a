"""Does the table of moves say exactly which figures a write to a table can touch?"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.businesses.marketplace.kind import KIND
from dashboards.businesses.marketplace.models import Client, Order, Product, ProductOrder, Seller
from dashboards.businesses.marketplace.tests.shop import MORNING, Shop, figures
from dashboards.models import Change, Negocio

MODELS = (Seller, Client, Product, Order, ProductOrder)
NAMES = {model: {event.event for event in KIND.events if event.model is model} for model in KIND.moves}
Figures = dict[str, dict[int, Any]]


@pytest.fixture
def shops(shop: Shop, other: Shop) -> tuple[Shop, Shop]:
    """Two marketplaces in which every figure is something."""
    for each in (shop, other):
        clients = [each.client("Ana"), each.client("Berta")]
        sellers = [each.seller("Carlos"), each.seller("Diana")]
        products = [
            each.product(name, seller=seller, stock=stock)
            for name, seller, stock in zip("WXYZ", [*sellers, *sellers], (1, 9, 4, 30), strict=True)
        ]
        for place, status in enumerate(("delivered", "pending", "cancelled", "confirmed")):
            order = each.order(status, str(10 + place), client=clients[place % 2])
            for product in products[place % 2 :]:
                each.line(order, product, place + 1)
    return shop, other


def test_the_keys_are_the_tables_of_the_kind() -> None:
    assert set(KIND.moves) == set(apps.get_app_config("marketplace").get_models())


@pytest.mark.django_db
def test_every_table_that_moves_a_figure_or_is_told_is_watched_and_no_other() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pulso_%'")
        watched = {table for (table,) in cursor.fetchall() if table.startswith("marketplace_")}
    assert watched == {model._meta.db_table for model, moved in KIND.moves.items() if moved or NAMES[model]}


def first(model: type[models.Model], **where: Any) -> models.QuerySet[Any]:
    """The first row of the tienda that fits, as a queryset that writes to its own table only."""
    manager: models.Manager[Any] = model._default_manager
    key = manager.filter(negocio__code="tienda", **where).order_by("pk").values_list("pk", flat=True).first()
    assert key is not None
    return manager.filter(pk=key)


def drop(rows: models.QuerySet[Any]) -> None:
    """Delete the rows of one table and leave what hangs on them, as the first statement of a cascade does not."""
    rows._raw_delete(rows.db)


# For each model, writes that together touch all that one can touch.
TELLING: dict[type[models.Model], tuple[Callable[[], Any], ...]] = {
    Order: (
        lambda: drop(first(Order, status="delivered")),
        lambda: first(Order, status="pending").update(status="confirmed"),
    ),
    ProductOrder: (lambda: drop(first(ProductOrder, order__status="delivered")),),
    Product: (
        lambda: first(Product, name="W").update(name="V", status="inactive"),
        lambda: first(Product, name="X").update(seller=first(Seller, name="Carlos").get()),
    ),
    Seller: (
        lambda: first(Seller, name="Carlos").update(name="Zoilo"),
        lambda: drop(first(Seller, name="Diana")),
    ),
    Client: (lambda: first(Client).update(name="Zoe"),),
}


@pytest.mark.parametrize("model", MODELS)
def test_each_named_figure_can_really_move(shops: tuple[Shop, Shop], model: type[models.Model]) -> None:
    before = _now(shops)
    moved: set[str] = set()
    for write in TELLING[model]:
        with _undone():
            write()
            moved |= {name for name, _ in _moved(before, _now(shops))}
    assert moved == KIND.moves[model]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_write_moves_an_unnamed_figure_or_an_unheard_of_negocio(shops: tuple[Shop, Shop], data: Any) -> None:
    model = data.draw(st.sampled_from(MODELS))
    with _undone():
        before = _now(shops)
        Change.objects.all().delete()
        data.draw(st.sampled_from([_update, _update, _insert, _delete]))(model, data)
        moved = _moved(before, _now(shops))
        told = set(Change.objects.filter(source=model._meta.db_table).values_list("negocio_id", flat=True))
    assert {name for name, _ in moved} <= KIND.moves[model]
    assert {negocio for _, negocio in moved} <= told


def _fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key and field.name != "negocio"]


def _update(model: type[models.Model], data: Any) -> None:
    chosen = data.draw(st.lists(st.sampled_from(_fields(model)), min_size=1, unique=True))
    row = _some_row(model, data)
    of_all = data.draw(st.booleans()) and all(field.name != "external_id" for field in chosen)
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
        keys = list(field.related_model._base_manager.filter(negocio=negocio).order_by("pk"))
        return data.draw(st.sampled_from([*keys, *([None] if field.null else [])]))
    if field.choices:
        return data.draw(st.sampled_from([choice for choice, _ in field.choices]))
    if field.name == "external_id":
        return data.draw(st.none() | st.integers(10**6, 10**15))
    for kind, strategy in VALUES.items():
        if isinstance(field, kind):
            return data.draw(strategy)
    raise AssertionError(f"no value for {field}")


VALUES: dict[type[Any], st.SearchStrategy[Any]] = {
    models.DecimalField: st.decimals(0, 1000, places=2, allow_nan=False).map(Decimal),
    models.DateTimeField: st.integers(-9, 40 * 24).map(lambda hours: MORNING - dt.timedelta(hours=hours)),
    models.DateField: st.none() | st.dates(dt.date(1950, 1, 1), dt.date(2010, 1, 1)),
    models.IntegerField: st.integers(1, 9),
    models.CharField: st.sampled_from(["", "Ana", "Zoe", "ñandú"]),
    models.TextField: st.sampled_from(["", "De lana"]),
    models.JSONField: st.sampled_from([None, [], ["Av. Amazonas"]]),
}


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _now(shops: tuple[Shop, Shop]) -> Figures:
    return figures(*(shop.negocio for shop in shops), now=MORNING)


def _moved(before: Figures, after: Figures) -> set[tuple[str, int]]:
    return {
        (name, negocio)
        for name, of_negocio in after.items()
        for negocio, figure in of_negocio.items()
        if figure != before[name][negocio]
    }
