"""Which records does a CSV file hold, on which lines do they start, and which of them are broken?"""

import codecs
import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dashboards.imports.errors import BadOption, Unreadable

# A field longer than this is a quote that is never closed rather than a text; characters.
MOST_FIELD = 1 << 20
# A line longer than this belongs to no CSV file and would have to be held in memory; characters.
MOST_LINE = 1 << 24
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the physical line it starts on (the header's is 1), its cells, what is wrong with it."""

    line: int
    cells: Sequence[str]
    fault: str = ""


@dataclass(slots=True)
class Table:
    """An open CSV file. Iterate it once, for its records; raises Unreadable where no record can follow."""

    path: str
    header: Sequence[str]
    size: int | None
    _raw: io.BufferedReader
    _lines: Iterator[str] = field(repr=False)
    _delimiter: str
    _start: int

    def position(self) -> int:
        """How many bytes of the file have been read, roughly."""
        return self._raw.tell() if self.size is not None else 0

    def __iter__(self) -> Iterator[Record]:
        for record in _records(self._lines, self._delimiter, self._start):
            if not record.fault and len(record.cells) != len(self.header):
                fault = f"{len(record.cells)} columns where the header has {len(self.header)}"
                record = Record(record.line, record.cells, fault)
            yield record


@contextmanager
def open_table(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> Iterator[Table]:
    """The CSV file at `path`; raises Unreadable or BadOption. A byte order mark is no part of the header."""
    codec, limit = _codec(encoding), csv.field_size_limit()
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise BadOption("--delimiter", f"{delimiter!r} is not one character that can part columns")
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Unreadable(str(path), error.strerror or str(error)) from None
    csv.field_size_limit(MOST_FIELD)
    try:
        # Undecodable bytes become lone surrogates, so that they cost one row and not the file.
        with raw, io.TextIOWrapper(raw, codec, errors="surrogateescape", newline="") as text:
            _refuse_utf_16(raw, codec, path)
            yield _table(path, raw, _physical_lines(text, str(path), encoding), delimiter)
    finally:
        csv.field_size_limit(limit)


def _codec(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, ValueError):
        raise BadOption("--encoding", f"there is no text encoding {encoding!r}") from None
    return "utf-8-sig" if name == "utf-8" else name


def _refuse_utf_16(raw: io.BufferedReader, codec: str, path: Path) -> None:
    if codec == "utf-8-sig" and raw.peek(2)[:2] in UTF_16_MARKS:
        raise Unreadable(str(path), "looks like UTF-16; say --encoding utf-16")


def _physical_lines(text: io.TextIOWrapper, path: str, encoding: str) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(MOST_LINE):
            number += 1
            if len(line) == MOST_LINE:
                raise Unreadable(path, f"longer than {MOST_LINE:,} characters; is this a CSV file?", number)
            yield line
    except UnicodeError as error:
        raise Unreadable(path, f"not {encoding}: {error}", number + 1) from None
    except OSError as error:
        raise Unreadable(path, error.strerror or str(error), number + 1) from None


def _table(path: Path, raw: io.BufferedReader, lines: Iterator[str], delimiter: str) -> Table:
    header = next(_records(lines, delimiter, 0), None)
    if header is None:
        raise Unreadable(str(path), "the file is empty")
    if header.fault:
        raise Unreadable(str(path), f"the header can't be read: {header.fault}", header.line)
    # The header may span lines, and blank lines may precede it.
    start = header.line + sum(cell.count("\n") for cell in header.cells)
    names = tuple(cell.strip() for cell in header.cells)
    size = os.fstat(raw.fileno()).st_size if raw.seekable() else None
    return Table(str(path), names, size, raw, lines, delimiter, start)


def _records(lines: Iterator[str], delimiter: str, start: int) -> Iterator[Record]:
    """The records of `lines`, `start` lines into the file; blank lines are none."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = start + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(line, (), _explained(error, line, start + reader.line_num))
            continue
        if cells:
            yield Record(line, cells)


def _explained(error: csv.Error, first: int, last: int) -> str:
    where = "" if first == last else f" (everything from here to line {last} went with it)"
    if "unexpected end of data" in str(error):
        return f"a quote opens here and is never closed{where}"
    if "field limit" in str(error):
        return f"a field of more than {MOST_FIELD:,} characters, or a quote that is never closed{where}"
    return f"{error}{where}"
