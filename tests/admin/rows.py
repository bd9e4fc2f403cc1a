"""How does a test get a valid row of any model, whoever wrote that model?"""

import datetime as dt
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from dashboards.models import Membership, Negocio
from notifications.models import AlertRule

_numbers = count(1)
# What of a rule has to be known to the kind, whatever kind it is.
RULE = {"kind": "", "name": "{mark}_{number}", "metric": "stats", "field": "totalCitas", "total": ""}
MOST_SMALL = 32_767  # what a smallint holds


def number_from_one() -> None:
    """For a test with a database of its own that says how large numbers are."""
    global _numbers
    _numbers = count(1)


def a_negocio(kind: str, mark: str) -> Negocio:
    number = next(_numbers)
    return Negocio.objects.create(code=f"{mark}-{number}", name=f"{mark} {number}", kind=kind)


def a_user(mark: str, **fields: Any) -> Any:
    return get_user_model().objects.create_user(f"{mark}-{next(_numbers)}", **fields)


def a_row(model: type[models.Model], negocio: Negocio, mark: str) -> Any:
    """A saved row of the model in the negocio; every text says `mark`, every link leads to a new row beside it."""
    if issubclass(model, Negocio):
        return negocio
    if issubclass(model, get_user_model()):
        return a_user(mark)
    if issubclass(model, Membership):
        return model._default_manager.create(negocio=negocio, user=a_user(mark))
    row = model()
    said = RULE if model is AlertRule else {}
    for place, field in enumerate(model._meta.concrete_fields):
        if not field.primary_key:
            setattr(row, field.name, _value(field, place, negocio, mark))
    for name, value in said.items():
        setattr(row, name, value.format(mark=mark, number=next(_numbers)))
    row.save()
    return row


def _value(field: Any, place: int, negocio: Negocio, mark: str) -> Any:
    if isinstance(field, models.ForeignKey):
        return a_row(field.related_model, negocio, mark)
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.EmailField):
        return f"{mark}{next(_numbers)}@example.org"
    if isinstance(field, models.CharField | models.TextField):
        return f"{mark} {next(_numbers)}"[: field.max_length]
    if isinstance(field, models.DateTimeField):
        return dt.datetime(2025, 11, 10, place % 24, tzinfo=dt.UTC)
    if isinstance(field, models.DateField):
        return dt.date(2025, 11, 10)
    if isinstance(field, models.TimeField):
        return dt.time(place % 24)  # later fields are later: what closes closes after it opened
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.IntegerField | models.DecimalField):
        return next(_numbers) % MOST_SMALL
    return field.get_default()
