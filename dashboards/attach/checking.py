"""Are attached tables still as they were mapped, and is what we made of them still in place? What can be mended is."""

import logging
from collections.abc import Iterator, Sequence

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dashboards.attach.attaching import ask_for_figures, fingerprint, mapping_stored, place_of
from dashboards.attach.catalog import read_catalog
from dashboards.attach.errors import AttachProblem
from dashboards.attach.installing import reading_sql, rows_name, run, watching_sql
from dashboards.attach.negocios import adopt_sql
from dashboards.attach.preparing import query_here
from dashboards.attach.quoting import name
from dashboards.attach.reading import READY, schema_of
from dashboards.attach.resolving import Plan, resolve
from dashboards.attach.rows import Place
from dashboards.attach.shape import Table, shape_of
from dashboards.attach.watching import trigger_name, triggers_sql
from dashboards.models import Attachment
from dashboards.triggers import TRIGGERS

logger = logging.getLogger(__name__)

DOUBT = "they could not be read a moment ago, and are being checked"
# Negocios that a complaint names.
MOST_NAMED = 10
# A check waits no longer for somebody who is altering their tables.
PATIENCE, LONGEST = "500ms", "5s"
PRESENT = """
SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname = %s AND t.tgname = ANY(%s) AND t.tgenabled <> 'D'
"""


def check_all() -> None:
    """Check every attachment: note what is wrong, mend what can be, and have figures told that were waiting."""
    for attachment in Attachment.objects.order_by("pk"):
        check(attachment)


def check(attachment: Attachment) -> None:
    """Check one; its `error` says afterwards what is wrong, or nothing."""
    error = _error(attachment)
    healed = bool(attachment.error) and not error
    if error != attachment.error:
        logger.warning("attached tables %s: %s", attachment, error or "as they should be again")
    attachment.error, attachment.checked_at = error, timezone.now()
    with transaction.atomic():
        if healed:
            ask_for_figures(attachment)
        attachment.save(update_fields=["error", "checked_at", "fingerprint"])


def ask_for_unwatched() -> None:
    """Tables on another server tell nothing of their changes: have their figures told anew."""
    for attachment in Attachment.objects.exclude(server="").filter(error=""):
        ask_for_figures(attachment)


def doubt(negocio_ids: Sequence[int]) -> None:
    """Figures of these negocios can't be read: where it is for attached tables, the next check tells what it finds.

    If it finds nothing wrong, as after a lock, it has the figures told that are missing now.
    """
    doubted = Attachment.objects.filter(error="", negocios__negocio__in=list(negocio_ids))
    Attachment.objects.filter(pk__in=list(doubted.values_list("pk", flat=True))).update(error=DOUBT)


def broken() -> list[dict[str, str]]:
    """What is wrong where, for who looks after the platform: `[{kind,schema,negocios,error}]`."""
    return [
        {
            "kind": attachment.kind,
            "schema": attachment.place,
            "negocios": ", ".join(attachment.negocios.values_list("negocio__code", flat=True)[:MOST_NAMED]),
            "error": attachment.error,
        }
        for attachment in Attachment.objects.exclude(error="").order_by("pk")
    ]


def _error(attachment: Attachment) -> str:
    try:
        with transaction.atomic():
            run([f"SET LOCAL lock_timeout = '{PATIENCE}'", f"SET LOCAL statement_timeout = '{LONGEST}'"])
            return "; ".join(_problems(attachment))
    except AttachProblem as problem:
        return str(problem)
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            raise
        return f"{attachment.place}: {str(error).strip()}"


def _problems(attachment: Attachment) -> list[str]:
    shape, place = shape_of(attachment.kind), place_of(attachment)
    mapping = mapping_stored(attachment, shape)
    plan, problems = resolve(mapping, shape, read_catalog(query_here, place.theirs, bool(attachment.server)))
    if plan is None:
        return [f"{attachment.schema}: {problem}" for problem in problems]
    _mend(attachment, plan, shape, place)
    _try(plan, place, bool(attachment.server))
    alone = plan.negocios is None and not attachment.negocios.exists()
    return ["its negocio is gone; detach it"] if alone else []


def _mend(attachment: Attachment, plan: Plan, shape: dict[str, Table], place: Place) -> None:
    """Bring up to date what we made: for a column of another type, a table that was made anew, a new model of ours."""
    wanted = fingerprint(plan, shape, place)
    if wanted != attachment.fingerprint or not _is_ready(place):
        run([*reading_sql(plan, shape, place), *([] if attachment.server else watching_sql(plan, place))])
        attachment.fingerprint = wanted
    if not attachment.server:
        for source in _unwatched(plan, place):
            run(triggers_sql(source, place))
    if plan.negocios is not None:
        run([adopt_sql(plan.negocios, place, name(place.theirs, plan.negocios.source))])


def _is_ready(place: Place) -> bool:
    ((found,),) = query_here("SELECT to_regclass(%s)", [f"{schema_of(place.attachment_id)}.{READY}"])
    return found is not None


def _unwatched(plan: Plan, place: Place) -> Iterator[str]:
    names = [trigger_name(place.attachment_id, operation) for operation in TRIGGERS]
    present = set(map(tuple, query_here(PRESENT, [place.theirs, names])))
    return (source for source in plan.sources() if not {(source, each) for each in names} <= present)


def _try(plan: Plan, place: Place, remote: bool) -> None:
    """Plan a reading of every table; read one row of each table that is elsewhere. Raises DatabaseError."""
    schema = schema_of(place.attachment_id)
    run([f"EXPLAIN SELECT * FROM {name(schema, rows_name(table.table))}()" for table in plan.tables.values()])
    if remote:
        run([f"SELECT * FROM {name(place.theirs, source)} LIMIT 1" for source in plan.sources()])
