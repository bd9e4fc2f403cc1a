"""What does somebody want attached, does it fit, and which statements would make it so? Changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max

from dashboards.attach.catalog import Catalog, read_catalog
from dashboards.attach.errors import BadMapping, Taken, Unknown
from dashboards.attach.installing import all_triggers_sql, reading_sql, watching_sql
from dashboards.attach.layouts import fitting, layout_named, layouts_of
from dashboards.attach.mapping import Mapping, read_mapping
from dashboards.attach.negocios import adopt_sql
from dashboards.attach.quoting import name
from dashboards.attach.reading import schema_of
from dashboards.attach.remote import RemoteServer, foreign_tables_sql, tables_schema
from dashboards.attach.resolving import Plan
from dashboards.attach.rows import Place
from dashboards.attach.shape import Table, shape_of
from dashboards.kinds import kind_named
from dashboards.models import AttachedNegocio, Attachment, Negocio
from dashboards.models.negocio import CODE, check_time_zone


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants attached. `layout` or `mapping`, or neither: whichever layout fits."""

    kind: str
    negocio: str | None = None
    schema: str = "public"
    layout: str | None = None
    mapping: Path | None = None
    dsn: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A wish that can be fulfilled: what fits, and the server, where it is another."""

    wish: Wish
    shape: dict[str, Table]
    mapping: Mapping
    plan: Plan
    catalog: Catalog
    server: RemoteServer | None

    @property
    def time_zone(self) -> str:
        named = Negocio.objects.filter(code=self.wish.negocio).values_list("time_zone", flat=True).first()
        return self.wish.time_zone or named or "UTC"

    def place(self, attachment_id: int) -> Place:
        theirs = self.wish.schema if self.server is None else tables_schema(attachment_id)
        return Place(attachment_id, self.wish.kind, settings.SCHEMA, theirs, self.time_zone)


def query_here(sql: str, params: Sequence[Any]) -> Sequence[Sequence[Any]]:
    """Rows of our own database."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return list(cursor.fetchall())


def prepare(wish: Wish) -> Prepared:
    """Find what fits; changes nothing. Raises AttachProblem or UnknownKind."""
    kind_named(wish.kind)
    _check_zone(wish.time_zone)
    shape = shape_of(wish.kind)
    candidates = _candidates(wish, shape)
    server = None if wish.dsn is None else RemoteServer(wish.dsn)
    catalog = read_catalog(query_here if server is None else server.query, wish.schema, server is not None)
    mapping, plan = fitting(candidates, shape, catalog, wish.schema)
    _check_zone(mapping.time_zone)
    if plan.negocios is None:
        _check_negocio(wish)
    return Prepared(wish, shape, mapping, plan, catalog, server)


def _candidates(wish: Wish, shape: dict[str, Table]) -> list[Mapping]:
    if wish.mapping is not None:
        return [read_mapping(wish.mapping, wish.kind, shape)]
    if wish.layout is not None:
        return [layout_named(wish.layout, wish.kind, shape)]
    found = list(layouts_of(wish.kind, shape).values())
    if not found:
        raise Unknown("layout of", wish.kind, ["--mapping FILE.toml"])
    return found


def _check_zone(zone: str | None) -> None:
    try:
        if zone is not None:
            check_time_zone(zone)
    except ValidationError as error:
        raise BadMapping("time zone", "", "; ".join(error.messages)) from None


def _check_negocio(wish: Wish) -> None:
    if wish.negocio is None:
        raise Unknown("negocio named, by --negocio CODE: whose rows are they? Nothing called", "")
    try:
        CODE(wish.negocio)
    except ValidationError as error:
        raise Taken(wish.negocio, "; ".join(error.messages)) from None
    found = Negocio.objects.filter(code=wish.negocio).first()
    if found is not None and found.kind != wish.kind:
        raise Taken(wish.negocio, f"is of the kind {found.kind}, not {wish.kind}")
    if AttachedNegocio.objects.filter(negocio=found).exists():
        raise Taken(wish.negocio, "has attached tables already; `manage.py detach` them first")


def statements_of(prepared: Prepared, attachment_id: int | None = None, masked: bool = True) -> list[str]:
    """All DDL of attaching, in order; by default as it is shown: without passwords, with the number that is next."""
    if attachment_id is None:
        attachment_id = (Attachment.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    place, plan = prepared.place(attachment_id), prepared.plan
    return [
        f"CREATE SCHEMA {name(schema_of(attachment_id))}",
        *_foreign(prepared, attachment_id, masked),
        *reading_sql(plan, prepared.shape, place),
        *_watched(prepared, place),
        *_adopted(plan, place),
    ]


def _foreign(prepared: Prepared, attachment_id: int, masked: bool) -> list[str]:
    if prepared.server is None:
        return []
    tables = foreign_tables_sql(prepared.plan, prepared.catalog, prepared.wish.schema, attachment_id)
    return [*prepared.server.install_sql(attachment_id, masked), *tables]


def _watched(prepared: Prepared, place: Place) -> list[str]:
    """Nothing on another server: no trigger there could reach us."""
    if prepared.server is not None:
        return []
    return [*watching_sql(prepared.plan, place), *all_triggers_sql(prepared.plan, place)]


def _adopted(plan: Plan, place: Place) -> list[str]:
    if plan.negocios is None:
        return []
    return [adopt_sql(plan.negocios, place, name(place.theirs, plan.negocios.source))]
