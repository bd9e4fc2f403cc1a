"""How do the rows of a file happen again, now? docs/importing.md is its user's page."""

import argparse
import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DataError, IntegrityError, transaction
from django.db import Error as DatabaseProblem

from dashboards.importing import BadRow
from dashboards.imports.batches import rejected
from dashboards.imports.errors import ImportProblem
from dashboards.imports.reporting import Rejections, bar, beside_the_bar, rejections
from dashboards.imports.schedule import Past, Planned, by_rate, by_speed, day_of, play
from dashboards.imports.source import Source, add_arguments, source
from dashboards.imports.stopping import Stop, stopping
from dashboards.kinds import UnknownKind

DEFAULT_SPEED = 100_000.0  # ten years in less than an hour


class Command(BaseCommand):
    help = "Write the rows of a CSV file in the order of their dates, as if they happened now."
    # Tests put their own clock here.
    clock: Callable[[], float] = staticmethod(time.monotonic)
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)
        pace = parser.add_mutually_exclusive_group()
        speed = "seconds of the file to a second; 1 is real time (100000)"
        pace.add_argument("--speed", metavar="N", type=positive, default=DEFAULT_SPEED, help=speed)
        pace.add_argument("--rate", metavar="R", type=positive, help="instead: rows a second, whatever the dates")
        add = parser.add_argument
        add("--from", metavar="DATE", type=date, help="leave out rows before")
        add("--to", metavar="DATE", type=date, help="leave out rows after")
        add("--limit", metavar="N", type=whole, help="so many rows, the earliest")

    def handle(self, **options: Any) -> None:
        try:
            self._replay(source(options), options)
        except (ImportProblem, UnknownKind, DatabaseProblem) as problem:
            raise CommandError(str(problem).strip()) from None

    def _replay(self, file: Source, options: dict[str, Any]) -> None:
        with rejections(self._say, options["errors"], file.path, abort=options["on_error"] == "abort") as reject:
            rows = [past for past in _rows(file, reject) if _within(past, options["from"], options["to"])]
            plan = by_rate(rows, options["rate"]) if options["rate"] else by_speed(rows, options["speed"])
            self._play(file, plan[: options["limit"]], reject)

    def _play(self, file: Source, plan: list[Planned], reject: Rejections) -> None:
        started, written, late = self.clock(), 0, 0.0
        with bar(len(plan), " rows") as progress, stopping() as stopped:

            def write(past: Past) -> None:
                nonlocal written
                written += _happen(file, past, reject)
                progress.update()

            try:
                late = play(plan, write, self.clock, self.sleep, stopped)
            finally:
                self._summarise(written, len(plan), self.clock() - started, late, stopped)

    def _summarise(self, written: int, planned: int, seconds: float, late: float, stopped: Stop) -> None:
        notes = [f"stopped by {stopped.by.name}"] if stopped.by else []
        if late > 1:
            notes.append(f"{late:.1f} s behind the plan: the rows come faster than they can be written")
        note = f" ({'; '.join(notes)})" if notes else ""
        with beside_the_bar():
            self.stdout.write(f"{written:,} of {planned:,} rows written in {seconds:.1f} s{note}")

    def _say(self, text: str) -> None:
        with beside_the_bar():
            self.stderr.write(text)


def positive(text: str) -> float:
    """An argument that is a number over 0."""
    if not 0 < (number := float(text)) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not over 0")
    return number


def whole(text: str) -> int:
    """An argument that is a whole number over 0."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not over 0")
    return number


def date(text: str) -> dt.date:
    """An argument that is a date."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2019-12-31") from None


def _rows(file: Source, reject: Rejections) -> Iterator[Past]:
    """The good rows of the file, in its order, which needn't be that of their dates."""
    when = file.shape.when
    with file.open(frozenset({when})) as (table, row_map):
        for record in table:
            try:
                owner, row = row_map.row(record)
            except BadRow as bad:
                reject(rejected(record.line, bad))
            else:
                yield Past(record.line, owner, row, row[when])


def _within(past: Past, first: dt.date | None, last: dt.date | None) -> bool:
    day = day_of(past.when)
    return (first is None or first <= day) and (last is None or day <= last)


def _happen(file: Source, past: Past, reject: Rejections) -> bool:
    """Store one row in a transaction of its own; whether it could be."""
    try:
        owner = file.owners.owner(past.owner)
        with transaction.atomic():
            file.shape.happen(owner, past.row)
    except (BadRow, ValidationError, DataError, IntegrityError) as error:
        reject(rejected(past.line, error))
        return False
    return True
