"""How does a statement see a negocio's attached rows beside its own? An attachment has a schema with a view of every
table of its kind; while one reads, it stands before ours."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection, transaction

# How long a figure waits for a team that is altering its tables; then it is computed later, and for RESPITE seconds
# nobody waits: many figures are computed in a row, those of others among them.
PATIENCE, RESPITE = "250ms", 0.5
LOCK_NOT_AVAILABLE = "55P03"
_locked_until: dict[int, float] = {}
# A view of nothing, there while the schema is complete: without it, our empty tables would be read instead.
READY = "ready"
# What was set is read first, in a part of the statement that comes before.
ENTER = """
WITH before AS MATERIALIZED (SELECT current_setting('lock_timeout') AS patience)
SELECT patience, set_config('lock_timeout', %s, true), set_config('search_path', %s, true), %s::regclass FROM before
"""
LEAVE = "SELECT set_config('search_path', %s, true), set_config('lock_timeout', %s, true)"


def schema_of(attachment_id: int) -> str:
    """The schema that holds all we make for an attachment."""
    return f"{settings.SCHEMA}_attached_{attachment_id}"


class Locked(OperationalError):
    """Somebody holds their tables locked, for a moment as a rule."""


@contextmanager
def attached_rows(attachment_id: int) -> Iterator[None]:
    """In the block the kind's tables are read with the attachment's rows, and can't be written.

    Inside a transaction, which an error in the block leaves usable, or in one of its own. Raises Locked.
    """
    own, front = settings.SCHEMA, schema_of(attachment_id)
    with _respite(attachment_id), transaction.atomic(), _grouping_in_full(), connection.cursor() as cursor:
        cursor.execute(ENTER, [PATIENCE, f"{front}, {own}", f"{front}.{READY}"])
        patience, *_ = cursor.fetchone()
        yield
        cursor.execute(LEAVE, [own, patience])


@contextmanager
def _respite(attachment_id: int) -> Iterator[None]:
    """Whoever comes soon after one who waited in vain doesn't wait."""
    if time.monotonic() < _locked_until.get(attachment_id, 0.0):
        raise Locked("another session holds the tables locked")
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            _locked_until[attachment_id] = time.monotonic() + RESPITE
            raise Locked(str(error).strip()) from error
        raise


@contextmanager
def _grouping_in_full() -> Iterator[None]:
    """A view has no primary key by which PostgreSQL could tell the columns that go with it."""
    before = connection.features.allows_group_by_selected_pks
    connection.features.allows_group_by_selected_pks = False
    try:
        yield
    finally:
        connection.features.allows_group_by_selected_pks = before
