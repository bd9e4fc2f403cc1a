"""How do the records of a file become rows, a batch to a transaction, each external id once?"""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.db import DataError, IntegrityError, transaction

from dashboards.importing import BadRow, ImportShape, MappedRow
from dashboards.imports.errors import Rejected
from dashboards.imports.mapping import RowMap
from dashboards.imports.reading import Record
from dashboards.models import Negocio


class Owners(Protocol):
    """Whose row is it: what a text of the negocio column means."""

    @property
    def created(self) -> int: ...
    def learn(self, texts: Collection[str]) -> None: ...
    def owner(self, text: str) -> Negocio: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A good row on its way into the database."""

    number: int
    negocio: Negocio
    row: MappedRow


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the records so far: read = new + updated + skipped + repeated, whatever the batch size.

    `repeated`: rows whose external id a later row of the file has too; the last of them stays.
    """

    read: int = 0
    new: int = 0
    updated: int = 0
    skipped: int = 0
    repeated: int = 0
    last_line: int = 1


@dataclass(slots=True)
class BatchImport:
    """Writes records through a kind's shape. `reject` is told of bad rows; what it raises ends the import."""

    shape: ImportShape
    owners: Owners
    rows: RowMap
    reject: Callable[[Rejected], None]
    tally: Tally = Tally()  # of committed batches only
    _seen: set[tuple[int, object]] = field(default_factory=set)

    def run(self, records: Iterable[Record], size: int) -> Iterator[Tally]:
        """Write `records`, `size` to a transaction; the tally after each of them."""
        batches = iter(records)
        while batch := list(itertools.islice(batches, size)):
            with transaction.atomic():
                after = self._batch(batch)
            self.tally = after
            yield after

    def _batch(self, batch: Sequence[Record]) -> Tally:
        mapped = [(record.line, *good) for record in batch if (good := self._mapped(record))]
        self.owners.learn({text for _, text, _ in mapped})
        owned = [Line(line, owner, row) for line, text, row in mapped if (owner := self._owner(line, text))]
        latest = self._latest(owned)
        new, written = self._write(list(latest.values()))
        again = len(self._seen.intersection(map(self._key, written)))
        self._seen.update(map(self._key, written))
        tally = self.tally
        return Tally(
            read=tally.read + len(batch),
            new=tally.new + new,
            updated=tally.updated + len(written) - again - new,
            skipped=tally.skipped + len(batch) - len(owned) + len(latest) - len(written),
            repeated=tally.repeated + len(owned) - len(latest) + again,
            last_line=batch[-1].line,
        )

    def _mapped(self, record: Record) -> tuple[str, MappedRow] | None:
        try:
            return self.rows.row(record)
        except BadRow as bad:
            self._refuse(record.line, bad)
            return None

    def _owner(self, line: int, text: str) -> Negocio | None:
        try:
            return self.owners.owner(text)
        except BadRow as bad:
            self._refuse(line, bad)
            return None

    def _key(self, line: Line) -> tuple[int, object]:
        return line.negocio.pk, line.row[self.shape.external_id]

    def _latest(self, lines: Iterable[Line]) -> dict[tuple[int, object], Line]:
        """Of rows with one id within a negocio the last, in the order of the file."""
        latest: dict[tuple[int, object], Line] = {}
        for line in lines:
            key = self._key(line)
            latest.pop(key, None)  # so that the row that wins keeps its own place
            latest[key] = line
        return latest

    def _write(self, lines: Sequence[Line]) -> tuple[int, list[Line]]:
        """How many rows were new, and which are written. Halves what the database refuses, down to a row."""
        if not lines:
            return 0, []
        try:
            with transaction.atomic():
                return self.shape.write([(line.negocio, line.row) for line in lines]), list(lines)
        except (BadRow, DataError, IntegrityError) as error:
            if len(lines) == 1:
                self._refuse(lines[0].number, error)
                return 0, []
        middle = len(lines) // 2
        halves = [self._write(lines[:middle]), self._write(lines[middle:])]
        return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]

    def _refuse(self, line: int, error: Exception) -> None:
        self.reject(rejected(line, error))


def rejected(line: int, error: Exception) -> Rejected:
    """A bad row as it is told: a BadRow with field and value, the database's refusal by its first line."""
    if isinstance(error, BadRow):
        return Rejected(line, error.field, "" if error.value is None else str(error.value), error.reason)
    return Rejected(line, "", "", (str(error).strip() or type(error).__name__).splitlines()[0])
