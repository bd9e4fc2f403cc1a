"""How does a record of a file become a row with a kind's fields, as --map and --value say?"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from dashboards.importing import BadRow, Field, ImportShape, MappedRow
from dashboards.imports.errors import BadOption
from dashboards.imports.reading import Record

# PostgreSQL's text holds no NUL; a lone surrogate is a byte that the file's encoding doesn't know.
UNSTORABLE = re.compile("[\0\udc80-\udcff]")
LIKELY_DELIMITERS = {";": "';'", "\t": "'\\t'", "|": "'|'"}


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where a field's text stands and what becomes of it."""

    field: Field
    column: int
    values: Mapping[str, Any]
    required: bool


@dataclass(frozen=True, slots=True)
class RowMap:
    """A checked mapping: which column says whose row it is, which cell fills which field."""

    negocio_column: int | None
    cells: tuple[_Cell, ...]
    defaults: Mapping[str, Any]

    def row(self, record: Record) -> tuple[str, MappedRow]:
        """Whose row it is (empty without a negocio column), and its fields, parsed; raises BadRow."""
        if record.fault:
            raise BadRow("", "", record.fault)
        owner = ""
        if self.negocio_column is not None:
            owner = _text("negocio", record.cells[self.negocio_column])
            if not owner:
                raise BadRow("negocio", owner, "is empty")
        row = dict(self.defaults)
        for cell in self.cells:
            row[cell.field.name] = _value(cell, record.cells[cell.column])
        return owner, row


def row_map(
    shape: ImportShape,
    header: Sequence[str],
    columns: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
    negocio_column: str | None,
    required: frozenset[str] = frozenset(),
) -> RowMap:
    """The mapping for files with this header; raises BadOption that names field or column and the choices.

    `columns`: field -> column; `values`: field -> {text of the file: text that stands for it}; `required`:
    fields that must have a column and a text, on top of the shape's own.
    """
    fields = {field.name: field for field in shape.fields}
    for name in columns:
        if name not in fields:
            raise BadOption("--map", f"there is no field {name!r}; the fields are {', '.join(fields)}")
    for name in values:
        if name not in columns:
            raise BadOption("--value", f"the field {name!r} has no column; add --map {name}=COLUMN")
    required |= {field.name for field in shape.fields if field.required}
    if missing := [name for name in fields if name in required and name not in columns]:
        raise BadOption("--map", f"required, but without a column: {', '.join(missing)}")
    cells = tuple(
        _Cell(fields[name], _place(column, header, "--map"), _table(fields[name], values), name in required)
        for name, column in columns.items()
    )
    defaults = {field.name: field.default for field in shape.fields if field.name not in columns}
    place = None if negocio_column is None else _place(negocio_column, header, "--negocio-column")
    return RowMap(place, cells, defaults)


def column_pairs(texts: Sequence[str]) -> dict[str, str]:
    """`field=column` texts as a mapping; the column may itself contain `=`. Raises BadOption."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, column = (part.strip() for part in text.partition("="))
        if not (name and equals and column):
            raise BadOption("--map", f"{text!r} is not of the form field=column")
        if name in pairs:
            raise BadOption("--map", f"the field {name!r} has two columns: {pairs[name]!r} and {column!r}")
        pairs[name] = column
    return pairs


def value_pairs(texts: Sequence[str]) -> dict[str, dict[str, str]]:
    """`field:from=to` texts as {field: {from: to}}; `from` may be empty or contain `=`. Raises BadOption."""
    values: dict[str, dict[str, str]] = {}
    for text in texts:
        name, colon, rest = text.partition(":")
        old, equals, new = (part.strip() for part in rest.rpartition("="))
        if not (name.strip() and colon and equals):
            raise BadOption("--value", f"{text!r} is not of the form field:from=to")
        of_field = values.setdefault(name.strip(), {})
        if old in of_field:
            raise BadOption("--value", f"{name}:{old} is given two values: {of_field[old]!r} and {new!r}")
        of_field[old] = new
    return values


def _place(column: str, header: Sequence[str], option: str) -> int:
    """Where the column stands in the header."""
    found = Counter(header)[column]
    if found == 1:
        return header.index(column)
    if found:
        raise BadOption(option, f"the file has {found} columns {column!r}")
    choices = f"its columns are {', '.join(header)}{_delimiter_hint(header)}"
    raise BadOption(option, f"the file has no column {column!r}; {choices}")


def _delimiter_hint(header: Sequence[str]) -> str:
    likely = [name for mark, name in LIKELY_DELIMITERS.items() if mark in header[0]]
    return f"; is it --delimiter {likely[0]}?" if likely and len(header) == 1 else ""


def _table(field: Field, values: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The field's --value table, each target parsed once: a wrong one is told before the first row."""
    try:
        of_field = values.get(field.name, {})
        return {old: _guarded(field.parse, field.name, new) for old, new in of_field.items()}
    except BadRow as bad:
        raise BadOption("--value", str(bad)) from None


def _value(cell: _Cell, raw: str) -> Any:
    text = _text(cell.field.name, raw)
    if text in cell.values:
        return cell.values[text]
    if text:
        return _guarded(cell.field.parse, cell.field.name, text)
    if cell.required:
        raise BadRow(cell.field.name, text, "is empty")
    return cell.field.default


def _text(name: str, raw: str) -> str:
    """The cell without the spaces around it; raises BadRow where PostgreSQL couldn't store it."""
    if found := UNSTORABLE.search(raw):
        byte = ord(found.group()) & 0xFF
        reason = f"the byte 0x{byte:02x} is not of the file's encoding" if byte else "holds a NUL"
        raise BadRow(name, raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), reason)
    return raw.strip()


def _guarded(parse: Callable[[str], Any], name: str, text: str) -> Any:
    """parse(text), where everything that parsers raise at a bad text is a BadRow."""
    try:
        return parse(text)
    except BadRow:
        raise
    except ValidationError as error:
        raise BadRow(name, text, "; ".join(error.messages)) from None
    except (ValueError, ArithmeticError) as error:
        raise BadRow(name, text, str(error) or "not understood") from None
