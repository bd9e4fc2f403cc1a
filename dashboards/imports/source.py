"""What were import_csv and replay told about the file: its form, its columns, whose rows it holds?"""

import zoneinfo
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.importing import ImportShape
from dashboards.imports.batches import Owners
from dashboards.imports.errors import BadOption
from dashboards.imports.mapping import RowMap, column_pairs, row_map, value_pairs
from dashboards.imports.negocios import Negocios, OneNegocio
from dashboards.imports.reading import Table, open_table
from dashboards.kinds import kind_named


def add_arguments(parser: ArgumentParser) -> None:
    """The arguments that both commands share."""
    add = parser.add_argument
    add("kind", metavar="KIND", help="the kind of business: repairs, citas, …")
    add("file", metavar="FILE", type=Path, help="a CSV file with a header")
    add("--negocio-column", metavar="COL", help="the column that says whose row it is")
    add("--negocio-by", choices=["name", "code"], default="name", help="what that column holds (name)")
    add("--negocio", metavar="CODE", help="instead: the one negocio that all rows belong to")
    several: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
    add("--map", metavar="FIELD=COLUMN", **several, help="which column fills a field")
    add("--value", metavar="FIELD:FROM=TO", **several, help="what a text of the file stands for")
    add("--time-zone", metavar="ZONE", default="UTC", help="of negocios that have to be made (UTC)")
    add("--encoding", default="utf-8", help="of the file (utf-8)")
    add("--delimiter", metavar="CHAR", default=",", help=r"between columns (,); \t for a tab")
    add("--on-error", choices=["skip", "abort"], default="skip", help="what a bad row does (skip)")
    add(
        "--errors",
        metavar="CSV",
        type=Path,
        help="write line, field, value and reason of every bad row there",
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how it is to be understood."""

    path: Path
    shape: ImportShape
    owners: Owners
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    negocio_column: str | None
    encoding: str
    delimiter: str

    @contextmanager
    def open(self, required: frozenset[str]) -> Iterator[tuple[Table, RowMap]]:
        """The open file and its checked mapping, with `required` fields on top of the kind's own."""
        with open_table(self.path, self.encoding, self.delimiter) as table:
            rows = row_map(self.shape, table.header, self.columns, self.values, self.negocio_column, required)
            yield table, rows


def source(options: Mapping[str, Any]) -> Source:
    """The source that the command line names; raises BadOption or UnknownKind."""
    kind = kind_named(options["kind"])
    if kind.imports is None:
        raise BadOption("KIND", f"{kind.name} takes no rows from files")
    return Source(
        path=Path(options["file"]),
        shape=kind.imports,
        owners=_owners(kind.name, options),
        columns=column_pairs(options["map"]),
        values=value_pairs(options["value"]),
        negocio_column=options["negocio_column"],
        encoding=options["encoding"],
        delimiter={r"\t": "\t", "tab": "\t"}.get(options["delimiter"], options["delimiter"]),
    )


def _owners(kind: str, options: Mapping[str, Any]) -> Owners:
    code, column, zone = options["negocio"], options["negocio_column"], options["time_zone"]
    if (code is None) == (column is None):
        raise BadOption("--negocio-column", "say either this or --negocio CODE")
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise BadOption("--time-zone", f"{zone!r} is no IANA time zone, such as Europe/Brussels") from None
    if code is not None:
        return OneNegocio(Negocios(kind, zone, by_code=True), code)
    return Negocios(kind, zone, by_code=options["negocio_by"] == "code")
