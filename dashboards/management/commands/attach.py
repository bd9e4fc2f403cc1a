"""How are the tables that a team already has read as a kind's own? docs/attaching.md is its user's page."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboards.attach.attaching import attach
from dashboards.attach.errors import AttachProblem
from dashboards.attach.preparing import Prepared, Wish, prepare, statements_of
from dashboards.kinds import UnknownKind


class Command(BaseCommand):
    help = "Read the tables that a team already has, where they are, as if they were a kind's own."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("kind", metavar="KIND", help="citas, parking, repairs, …")
        add("--negocio", metavar="CODE", help="whose rows they are; not for a layout with negocios of its own")
        add("--schema", default="public", help="where their tables are (public)")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--layout", metavar="NAME", help="a built-in layout; else the one that fits")
        how.add_argument("--mapping", metavar="FILE.toml", type=Path, help="a mapping of one's own")
        add("--dsn", metavar="DSN", help="their database on another server: postgres://user:password@host/name")
        add("--time-zone", metavar="ZONE", help="of negocios that have to be made (UTC)")
        add("--dry-run", action="store_true", help="print the SQL and change nothing")

    def handle(self, **options: Any) -> None:
        names = ("kind", "negocio", "schema", "layout", "mapping", "dsn", "time_zone")
        try:
            prepared = prepare(Wish(**{name: options[name] for name in names}))
            if options["dry_run"]:
                self.stdout.write("".join(f"{statement.strip()};\n\n" for statement in statements_of(prepared)))
            else:
                self._attach(prepared)
        except (AttachProblem, UnknownKind) as problem:
            raise CommandError(str(problem)) from None

    def _attach(self, prepared: Prepared) -> None:
        attachment = attach(prepared)
        codes = list(attachment.negocios.order_by("pk").values_list("negocio__code", flat=True))
        self.stdout.write(f"Attached by the layout {prepared.mapping.name}, as number {attachment.pk}:")
        for table in prepared.plan.tables.values():
            self.stdout.write(f"  {attachment.schema}.{table.source} -> {table.table.name}")
        self.stdout.write(f"for {len(codes)} negocios: {', '.join(codes[:SHOWN])}{' …' if len(codes) > SHOWN else ''}")


SHOWN = 5
