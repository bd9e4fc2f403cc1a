"""What can happen to the rows of any kind? Creation, update, deletion, in bulk, by cascade, across negocios.

Every change is made by its name and a source of chance; it knows models by their fields only, so that a new kind is
changed like the others. A change that the database refuses is no change.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from dashboards.kinds import Kind
from dashboards.models import Negocio

Model = type[models.Model]
Change = Callable[["Shop"], None]

WORDS = ("Ana", "Ñandú", 'a "b" \\ c', "漢字 🔧", "Zoe", "x")
AMOUNTS = ("0", "0.01", "9.99", "10", "10", "1234567.89")
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago")
_numbers = count(1)


class Shop:
    """Two negocios of a kind, and chance."""

    def __init__(self, kind: Kind, negocios: Sequence[Negocio], random: Random) -> None:
        self.kind, self.negocios, self.random = kind, negocios, random
        self.models = [model for model in apps.get_app_config(kind.name).get_models() if not model._meta.proxy]

    def open(self) -> None:
        """Some rows of each model in each negocio."""
        for negocio in self.negocios:
            for model in self.models:
                with suppress(IntegrityError), transaction.atomic():
                    model._default_manager.bulk_create([self.new(model, negocio) for _ in range(8)])

    def model(self) -> Model:
        return self.random.choice(self.models)

    def negocio(self) -> Negocio:
        return self.random.choice(self.negocios)

    def row(self, model: Model, negocio: Negocio | None = None) -> Any:
        """Any row, of a negocio or of any; None where there is none."""
        owners = [negocio] if negocio is not None else self.negocios
        rows = list(model._default_manager.filter(negocio__in=owners).order_by("pk")[:50])
        return self.random.choice(rows) if rows else None

    def rows(self, model: Model) -> list[Any]:
        """A few rows of the first negocio."""
        return list(model._default_manager.filter(negocio=self.negocios[0]).order_by("pk")[:6])

    def set(self, row: Any, field: Any) -> None:
        """Another value for the field, if the database takes it."""
        with suppress(IntegrityError), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(**{field.name: self.value(field, row.negocio)})

    def end(self, row: Any) -> None:
        """Delete the row, unless others need it."""
        with suppress(models.RestrictedError, models.ProtectedError), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).delete()

    def new(self, model: Model, negocio: Negocio) -> Any:
        """A row that is not saved; what it links to is, in its negocio."""
        row: Any = model(negocio=negocio)
        for field in self.fields(model):
            setattr(row, field.name, self.value(field, negocio))
        return row

    def fields(self, model: Model) -> list[Any]:
        """The fields that a change may change."""
        fields = model._meta.concrete_fields
        return [field for field in fields if not field.primary_key and field.name != "negocio"]

    def value(self, field: Any, negocio: Negocio) -> Any:
        random = self.random
        if isinstance(field, models.ForeignKey):
            return self.link(field, negocio)
        if field.choices:
            return random.choice(field.choices)[0]
        if field.null and random.random() < 0.3:
            return None
        for type, make in VALUES.items():
            if isinstance(field, type):
                return make(random, field)
        raise NotImplementedError(f"a value for {field!r}")

    def link(self, field: Any, negocio: Negocio) -> Any:
        """A row to link to: one that is there, a new one, or none."""
        if field.null and self.random.random() < 0.3:
            return None
        there = self.row(field.related_model, negocio)
        if there is None or self.random.random() < 0.1:
            there = self.new(field.related_model, negocio)
            there.save()
        return there


def _text(random: Random, field: Any) -> str:
    name = f"{random.choice(WORDS)} {next(_numbers) if random.random() < 0.7 else 0}"
    return name[: field.max_length]


def _moment(random: Random, field: Any) -> dt.datetime:
    """Some are of the same moment."""
    return timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=random.randrange(4))


def _near_today(random: Random, field: Any) -> dt.date:
    return timezone.now().date() + dt.timedelta(days=random.randint(-1, 1))


# More special types first.
VALUES: Mapping[Any, Callable[[Random, Any], Any]] = {
    ArrayField: lambda random, field: random.sample(WORDS, random.randrange(3)),
    models.JSONField: lambda random, field: random.sample(WORDS, random.randrange(3)),
    models.EmailField: lambda random, field: f"{random.choice('abc')}@example.org",
    models.CharField: _text,
    models.TextField: _text,
    models.BooleanField: lambda random, field: random.random() < 0.5,
    models.DateTimeField: _moment,
    models.DateField: _near_today,
    models.TimeField: lambda random, field: dt.time(random.randrange(24), random.choice((0, 30))),
    models.DecimalField: lambda random, field: Decimal(random.choice(AMOUNTS)),
    models.IntegerField: lambda random, field: random.randrange(5),
}


def create(shop: Shop) -> None:
    shop.new(shop.model(), shop.negocio()).save()


def create_many(shop: Shop) -> None:
    model, negocio = shop.model(), shop.negocio()
    model._default_manager.bulk_create([shop.new(model, negocio) for _ in range(shop.random.randrange(1, 15))])


def update(shop: Shop) -> None:
    """One field of one row, saved whole: a new state, another link, another name."""
    row = shop.row(shop.model())
    if row is not None:
        field = shop.random.choice(shop.fields(type(row)))
        setattr(row, field.name, shop.value(field, row.negocio))
        row.save()


def update_many(shop: Shop) -> None:
    """A statement that no signal tells of."""
    model, negocio = shop.model(), shop.negocio()
    field = shop.random.choice(shop.fields(model))
    model._default_manager.filter(negocio=negocio).update(**{field.name: shop.value(field, negocio)})


def advance(shop: Shop) -> None:
    """A change of state: a field with choices or a flag."""
    row = shop.row(shop.model())
    states = [] if row is None else [
        field for field in shop.fields(type(row)) if field.choices or isinstance(field, models.BooleanField)
    ]  # fmt: skip
    if states:
        field = shop.random.choice(states)
        setattr(row, field.name, shop.value(field, row.negocio))
        row.save(update_fields=[field.name])


def delete(shop: Shop) -> None:
    """With all that hangs on it, where that may go too."""
    row = shop.row(shop.model())
    if row is not None:
        row.delete()


def delete_many(shop: Shop) -> None:
    shop.model()._default_manager.filter(negocio=shop.negocio()).delete()


def move(shop: Shop) -> None:
    """A row goes to the other negocio; its links lead to rows there, what hung on it stays behind or goes."""
    row = shop.row(shop.model())
    if row is None:
        return
    to = next(negocio for negocio in shop.negocios if negocio != row.negocio)
    model = type(row)
    for relation in model._meta.related_objects:
        hanging = relation.related_model._base_manager.filter(**{relation.field.name: row})
        if relation.field.null:
            hanging.update(**{relation.field.name: None})
        else:
            hanging.delete()
    links = [field for field in shop.fields(model) if isinstance(field, models.ForeignKey)]
    values = {field.name: shop.link(field, to) for field in links}
    model._base_manager.filter(pk=row.pk).update(negocio=to, **values)


def empty(shop: Shop) -> None:
    """TRUNCATE, and with it all that hangs on it."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {shop.model()._meta.db_table} CASCADE")


def travel(shop: Shop) -> None:
    """The negocio moves to another time zone, and so to another day."""
    Negocio.objects.filter(pk=shop.negocio().pk).update(time_zone=shop.random.choice(ZONES))


def think_better_of_it(shop: Shop) -> None:
    """A transaction that is rolled back."""
    with transaction.atomic():
        make("create_many", shop)
        make("delete", shop)
        transaction.set_rollback(True)


def several(shop: Shop) -> None:
    """Many changes, one transaction."""
    with transaction.atomic():
        for _ in range(3):
            make(shop.random.choice(("create", "update", "advance", "delete", "move")), shop)


CHANGES: Mapping[str, Change] = {
    change.__name__: change
    for change in (
        create, create_many, update, update_many, advance, delete, delete_many, move, empty, travel,
        think_better_of_it, several,
    )
}  # fmt: skip


def make(name: str, shop: Shop) -> None:
    """Make the change, unless the database refuses it: a restricted deletion, a name that is taken, …"""
    try:
        with transaction.atomic():
            CHANGES[name](shop)
    except (IntegrityError, models.RestrictedError, models.ProtectedError):
        pass
