"""In which words do the lot's metrics ask PostgreSQL?"""

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, CharField, Func, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, NullIf

# How the tickets of a space are searched for the open one: by the partial unique index.
OPEN = "fecha_salida__isnull"


def wire_id(path: str = "") -> Coalesce:
    """A row's id as text: the external id where it has one, else the key; models.record.outside_id makes it the
    wire's."""
    return Coalesce(NullIf(f"{path}external_id", Value("")), Cast(f"{path}pk", CharField()))


def keys_of(first: QuerySet[Any, Any]) -> Func:
    """The keys that a correlated, limited queryset yields, one a row. Reads only those rows from its index."""
    return Func(ArraySubquery(first.values("pk")), function="unnest", output_field=BigIntegerField())


def instant(moment: dt.datetime) -> str:
    """A moment as the wire has it: UTC with `Z`."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
