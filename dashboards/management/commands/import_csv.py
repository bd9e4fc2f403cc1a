"""How does a file of somebody's rows become a kind's rows? docs/importing.md is its user's page."""

import time
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseProblem
from django.db import transaction

from dashboards.imports.batches import BatchImport, Tally
from dashboards.imports.errors import BadOption, ImportProblem
from dashboards.imports.reading import Table
from dashboards.imports.reporting import bar, beside_the_bar, rejections, summary
from dashboards.imports.source import Source, add_arguments, source
from dashboards.imports.stopping import stopping
from dashboards.kinds import UnknownKind

INTERRUPTED = 130  # what shells report of Ctrl-C


class Command(BaseCommand):
    help = "Import the rows of a CSV file; rows whose external id is there already are updated."

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)
        add = parser.add_argument
        add("--batch", metavar="N", type=int, default=2000, help="rows to a transaction (2000)")
        add("--dry-run", action="store_true", help="do all of it, then take it back")

    def handle(self, **options: Any) -> None:
        try:
            self._import(source(options), options)
        except (ImportProblem, UnknownKind) as problem:
            raise CommandError(str(problem)) from None

    def _import(self, file: Source, options: dict[str, Any]) -> None:
        if options["batch"] < 1:
            raise BadOption("--batch", "at least 1")
        abort = options["on_error"] == "abort"
        with (
            rejections(self._say, options["errors"], file.path, abort=abort) as reject,
            # Without its external id a row would be a new one at every import.
            file.open(frozenset({file.shape.external_id})) as (table, rows),
        ):
            self._run(BatchImport(file.shape, file.owners, rows, reject), table, options)

    def _run(self, work: BatchImport, table: Table, options: dict[str, Any]) -> None:
        started, dry = time.monotonic(), options["dry_run"]
        try:
            with transaction.atomic() if dry else nullcontext():
                self._batches(work, table, options["batch"])
                if dry:
                    transaction.set_rollback(True)
        except (ImportProblem, DatabaseProblem, Interrupted) as problem:
            self._summarise(work, started, dry)
            code = INTERRUPTED if isinstance(problem, Interrupted) else 1
            raise CommandError(f"{str(problem).strip()}\n{_kept(work.tally, dry)}", returncode=code) from None
        self._summarise(work, started, dry)

    def _batches(self, work: BatchImport, table: Table, size: int) -> None:
        with bar(table.size, "B") as progress, stopping() as stopped:
            for tally in work.run(table, size):
                progress.update(table.position() - progress.n)
                progress.set_postfix_str(f"{tally.read:,} rows", refresh=False)
                if stopped.by:
                    raise Interrupted(f"stopped by {stopped.by.name}")

    def _summarise(self, work: BatchImport, started: float, dry: bool) -> None:
        text = summary(work.tally, work.owners.created, time.monotonic() - started)
        self.stdout.write(f"Dry run, nothing is kept: {text}" if dry else text)

    def _say(self, text: str) -> None:
        with beside_the_bar():
            self.stderr.write(text)


class Interrupted(Exception):
    """A signal asked the import to end."""


def _kept(tally: Tally, dry: bool) -> str:
    if dry or not tally.read:
        return "Nothing of the file is kept."
    return f"Kept: the rows up to line {tally.last_line:,}, in whole batches. Nothing after that line."
