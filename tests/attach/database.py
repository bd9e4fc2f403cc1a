"""Where do these tests attach tables? In a database of their own, which a team's program writes to as it pleases."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.core.management import call_command

from dashboards.attach.attaching import attach, detach
from dashboards.attach.preparing import Wish, prepare
from dashboards.kinds import kind_named
from dashboards.metrics import Scope, compute
from dashboards.models import Attachment, Change, Negocio
from tests.acceptance.databases import url_of

KINDS = {
    "citas": "citas",
    "field": "parking",
    "documented": "parking",
    "repairs": "repairs",
    "marketplace": "marketplace",
}
# What our own statements wait for at most, in tests.
NEGOCIO = "theirs"


class Team:
    """A team's program: it knows nothing of us. `execute` runs each statement in a transaction of its own."""

    def __init__(self, database: str, schema: str = "public") -> None:
        self.connection = psycopg.connect(url_of(database), autocommit=True, options=f"-c search_path={schema}")
        self.schema = schema

    def execute(self, sql: str, *params: Any) -> None:
        self.connection.execute(sql.encode(), params or None)

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql.encode(), params or None).fetchall()

    def value(self, sql: str, *params: Any) -> Any:
        ((found,),) = self.rows(sql, *params)
        return found

    def copy(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        with self.connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)


def attach_layout(layout: str, schema: str = "public", negocio: str = NEGOCIO) -> Attachment:
    """Attach the tables of a layout, and forget what attaching itself noted."""
    of_many = layout == "citas"
    attachment = attach(prepare(Wish(KINDS[layout], None if of_many else negocio, schema, layout)))
    Change.objects.all().delete()
    return attachment


def detach_all() -> None:
    for attachment in Attachment.objects.all():
        detach(attachment)


def figure(negocio: Negocio | str, metric: str) -> Any:
    """A figure of a negocio, computed now; fails where its tables can't be read."""
    found = negocio if isinstance(negocio, Negocio) else Negocio.objects.get(code=negocio)
    return compute(kind_named(found.kind).metric(metric), Scope([found.pk])).figures[found.pk]


def noted() -> list[tuple[Any, ...]]:
    """(source, operation, row_count, rows or None) of every change since the last call, and they are gone."""
    changes = [(each.source, each.operation, each.row_count, each.rows) for each in Change.objects.order_by("pk")]
    Change.objects.all().delete()
    return changes


def migrate() -> None:
    call_command("migrate", interactive=False, verbosity=0)
