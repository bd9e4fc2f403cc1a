"""How is an attachment made, made anew after a change, and taken away?"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from dashboards.attach.catalog import Catalog, read_catalog
from dashboards.attach.errors import BadMapping, Busy, Refused, Taken, Unknown
from dashboards.attach.installing import all_triggers_sql, reading_sql, run, watching_sql
from dashboards.attach.layouts import fitting, layout_named, layouts_of
from dashboards.attach.mapping import Mapping, mapping_of, read_mapping
from dashboards.attach.negocios import adopt_sql
from dashboards.attach.quoting import name
from dashboards.attach.reading import schema_of
from dashboards.attach.remote import RemoteServer, foreign_tables_sql, remove_sql, tables_schema
from dashboards.attach.resolving import Plan
from dashboards.attach.rows import Place
from dashboards.attach.shape import Table, shape_of
from dashboards.kinds import kind_named
from dashboards.models import AttachedNegocio, Attachment, Change, Negocio
from dashboards.models.negocio import CODE, check_time_zone

# How long their writers may keep us waiting, while those behind us wait for us.
LOCK_PATIENCE = "5s"
LOCK_NOT_AVAILABLE, INSUFFICIENT_PRIVILEGE, DUPLICATE = "55P03", "42501", "42710"
FROM_FILE = "archivo"


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


def attach(prepared: Prepared) -> Attachment:
    """Make it so, in one transaction, and have the figures told. Raises AttachProblem, and then nothing has changed."""
    wish = prepared.wish
    with _explained(prepared), transaction.atomic():
        run([f"SET LOCAL lock_timeout = '{LOCK_PATIENCE}'"])
        attachment = Attachment.objects.create(
            kind=wish.kind,
            schema=wish.schema,
            server="" if prepared.server is None else prepared.server.shown,
            layout=FROM_FILE if wish.mapping is not None else prepared.mapping.name,
            mapping=json.loads(json.dumps(prepared.mapping.document, default=str)),
            time_zone=prepared.time_zone,
            checked_at=timezone.now(),
        )
        if prepared.plan.negocios is None:
            _join(attachment, wish)
        statements = statements_of(prepared, attachment.pk, masked=False)
        run(statements)
        attachment.fingerprint = fingerprint(prepared.plan, prepared.shape, prepared.place(attachment.pk))
        attachment.save(update_fields=["fingerprint"])
        ask_for_figures(attachment)
    return attachment


def _join(attachment: Attachment, wish: Wish) -> None:
    assert wish.negocio is not None
    negocio, made = Negocio.objects.get_or_create(
        code=wish.negocio, defaults={"name": wish.negocio, "kind": wish.kind, "time_zone": wish.time_zone or "UTC"}
    )
    AttachedNegocio.objects.create(negocio=negocio, attachment=attachment, made=made)


@contextmanager
def _explained(prepared: Prepared) -> Iterator[None]:
    """PostgreSQL's refusals in words that say what to do."""
    try:
        yield
    except DatabaseError as error:
        state = getattr(error.__cause__, "sqlstate", None)
        reason = str(error).strip()
        if state == LOCK_NOT_AVAILABLE:
            raise Busy(LOCK_PATIENCE) from None
        if state == INSUFFICIENT_PRIVILEGE:
            role = str(connection.settings_dict["USER"])
            raise Refused(reason, role, prepared.wish.schema, prepared.plan.sources()) from None
        raise BadMapping(prepared.mapping.name, "", reason) from None


def fingerprint(plan: Plan, shape: dict[str, Table], place: Place) -> str:
    """Tells whether what is installed is what the tables call for now."""
    statements = [*reading_sql(plan, shape, place), *watching_sql(plan, place)]
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()


def place_of(attachment: Attachment) -> Place:
    """Where an attachment's rows are found here."""
    theirs = tables_schema(attachment.pk) if attachment.server else attachment.schema
    return Place(attachment.pk, attachment.kind, settings.SCHEMA, theirs, attachment.time_zone)


def mapping_stored(attachment: Attachment, shape: dict[str, Table]) -> Mapping:
    """The mapping that it was made with, as the kind's models are now; raises BadMapping."""
    return mapping_of(attachment.mapping, attachment.layout, attachment.kind, shape)


def ask_for_figures(attachment: Attachment) -> None:
    """Have all figures of its negocios computed and told anew."""
    negocio_ids = AttachedNegocio.objects.filter(attachment=attachment).values_list("negocio_id", flat=True)
    Change.objects.bulk_create(
        Change(negocio_id=id, source="", operation="refresh", created_at=timezone.now()) for id in negocio_ids
    )


def detach(attachment: Attachment) -> list[str]:
    """Take every trace of it out of the database; returns the codes of negocios that it had made and that stay.

    One that it had made stays when somebody has given it people, keys or rows of its own.
    """
    with transaction.atomic():
        run([f"SET LOCAL lock_timeout = '{LOCK_PATIENCE}'"])
        try:
            with transaction.atomic():
                # What it made on their tables goes with the functions in the schema: that takes no right to them.
                run([f"DROP SCHEMA IF EXISTS {name(schema_of(attachment.pk))} CASCADE", *remove_sql(attachment.pk)])
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise Busy(LOCK_PATIENCE) from None
            raise
        made = list(Negocio.objects.filter(attached__attachment=attachment, attached__made=True))
        ask_for_figures(attachment)
        attachment.delete()
        return _forget_made(made)


def _forget_made(made: Sequence[Negocio]) -> list[str]:
    kept = [negocio.code for negocio in made if _is_used(negocio)]
    Negocio.objects.filter(pk__in=[each.pk for each in made]).exclude(code__in=kept).delete()
    return kept


def _is_used(negocio: Negocio) -> bool:
    relations = [field for field in Negocio._meta.get_fields(include_hidden=True) if field.one_to_many]
    models = [(relation.related_model, relation.field.name) for relation in relations]  # type: ignore[union-attr]
    return any(model._base_manager.filter(**{name: negocio}).exists() for model, name in models)  # type: ignore[union-attr]
