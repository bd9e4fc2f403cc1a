"""What does a mapping file say? Which of a team's tables, columns and values stand for which of a kind's.

Pure: a TOML document in, a Mapping out, or BadMapping that names the place.
"""

import tomllib
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.attach.errors import BadMapping
from dashboards.attach.shape import Table

OTHERWISE = "*"  # in a table of values: every other one
TABLE_KEYS = frozenset({"from", "id", "negocio", "columns", "maybe", "values", "distinct", "optional"})
TOP_KEYS = frozenset({"kind", "tables", "negocios", "time_zone", "about"})


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value in every row."""

    value: str


# A column of theirs, or one of a row that it leads to ("equipmentId.userId"); the first of several that is there.
Source = tuple[str, ...] | Constant


@dataclass(frozen=True, slots=True)
class TableMap:
    """How one table of the kind is read from one of theirs.

    `ids`: the column that names a row, or several joined by "+"; the first choice that is there. `columns` have to be
    there, `maybe` may be. `values`: of a field, text of theirs -> ours. `negocio`: the column that says whose a row
    is. `distinct`: one row for each id, however many of theirs have it. `optional`: the table may be missing.
    """

    name: str
    source: str
    ids: tuple[str, ...]
    columns: Dict[str, Source]
    maybe: Dict[str, Source]
    values: Dict[str, Dict[str, str]]
    negocio: str | None
    distinct: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class NegociosMap:
    """Their table of negocios, where one schema holds many."""

    source: str
    id: str
    name: str | None
    admin: str | None


@dataclass(frozen=True, slots=True)
class Mapping:
    """All of a mapping. `document` is the TOML it was read from; `time_zone` that of moments without one."""

    name: str
    tables: Dict[str, TableMap]
    negocios: NegociosMap | None
    time_zone: str | None
    document: Dict[str, Any]


def read_mapping(path: Path, kind: str, shape: Dict[str, Table]) -> Mapping:
    """The mapping in a TOML file; raises BadMapping."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadMapping(str(path), "", error.strerror or "can't be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(path.name, "", f"is not TOML: {error}") from None
    return mapping_of(document, path.stem, kind, shape)


def mapping_of(document: Dict[str, Any], name: str, kind: str, shape: Dict[str, Table]) -> Mapping:
    """The mapping that a document says; raises BadMapping."""
    reader = _Reader(name)
    reader.known(document, TOP_KEYS, "")
    if document.get("kind", kind) != kind:
        raise reader.bad("kind", f"is {document['kind']!r}, not {kind!r}")
    tables = reader.entry(document, "tables", "")
    if not tables:
        raise reader.bad("tables", f"is missing; the tables of {kind} are {', '.join(shape)}")
    if unknown := [each for each in tables if each not in shape]:
        raise reader.bad(f"tables.{unknown[0]}", f"{kind} has no such table; its tables are {', '.join(shape)}")
    negocios = reader.negocios(document)
    maps = {each: reader.table(shape[each], entry, negocios is not None) for each, entry in tables.items()}
    return Mapping(name, maps, negocios, reader.text(document, "time_zone", ""), document)


class _Reader:
    """Reads the parts of a document; every complaint names the file and the place."""

    def __init__(self, name: str) -> None:
        self._name = name

    def bad(self, place: str, reason: str) -> BadMapping:
        return BadMapping(self._name, place, reason)

    def known(self, entry: Dict[str, Any], keys: frozenset[str], place: str) -> None:
        if unknown := sorted(entry.keys() - keys):
            raise self.bad(_at(place, unknown[0]), f"is not known; what is: {', '.join(sorted(keys))}")

    def entry(self, entry: Dict[str, Any], key: str, place: str) -> Dict[str, Any]:
        value = entry.get(key, {})
        if not isinstance(value, Dict):
            raise self.bad(_at(place, key), "has to be a table")
        return value

    def text(self, entry: Dict[str, Any], key: str, place: str) -> str | None:
        value = entry.get(key)
        if value is not None and not (isinstance(value, str) and value):
            raise self.bad(_at(place, key), f"is {value!r}, not a name")
        return value

    def needed(self, entry: Dict[str, Any], key: str, place: str) -> str:
        value = self.text(entry, key, place)
        if value is None:
            raise self.bad(_at(place, key), "is missing")
        return value

    def flag(self, entry: Dict[str, Any], key: str, place: str) -> bool:
        value = entry.get(key, False)
        if not isinstance(value, bool):
            raise self.bad(_at(place, key), f"is {value!r}, neither true nor false")
        return value

    def negocios(self, document: Dict[str, Any]) -> NegociosMap | None:
        entry = self.entry(document, "negocios", "")
        if not entry:
            return None
        self.known(entry, frozenset({"from", "id", "name", "admin"}), "negocios")
        source, id = (self.needed(entry, key, "negocios") for key in ("from", "id"))
        name, admin = (self.text(entry, key, "negocios") for key in ("name", "admin"))
        return NegociosMap(source, id, name, admin)

    def table(self, table: Table, entry: Any, of_many: bool) -> TableMap:
        place = f"tables.{table.name}"
        if not isinstance(entry, Dict):
            raise self.bad(place, "has to be a table")
        self.known(entry, TABLE_KEYS, place)
        columns, maybe = (self._sources(table, entry, key, place) for key in ("columns", "maybe"))
        if missing := [f.name for f in table.fields if f.required and f.name not in {*columns, *maybe}]:
            raise self.bad(f"{place}.columns", f"has nothing for {', '.join(missing)}")
        negocio = self.text(entry, "negocio", place)
        if of_many and negocio is None:
            raise self.bad(f"{place}.negocio", "is missing: the column that says which of the negocios a row is of")
        ids = self._names(entry.get("id", "id"), f"{place}.id")
        values = {each: self._values(table, each, entry, place) for each in self.entry(entry, "values", place)}
        if unread := [each for each in values if each not in {*columns, *maybe}]:
            raise self.bad(f"{place}.values.{unread[0]}", "has no column")
        return TableMap(
            table.name, self.needed(entry, "from", place), ids, columns, maybe, values, negocio,
            self.flag(entry, "distinct", place), self.flag(entry, "optional", place),
        )  # fmt: skip

    def _sources(self, table: Table, entry: Dict[str, Any], key: str, place: str) -> dict[str, Source]:
        read: dict[str, Source] = {}
        for field, source in self.entry(entry, key, place).items():
            here = f"{place}.{key}.{field}"
            if field not in table.mappable:
                raise self.bad(here, f"{table.name} has no such column; it has {', '.join(table.mappable)}")
            read[field] = self._constant(source, here) if isinstance(source, Dict) else self._names(source, here)
        return read

    def _constant(self, source: Dict[str, Any], place: str) -> Constant:
        self.known(source, frozenset({"value"}), place)
        if "value" not in source or isinstance(source["value"], list | Dict):
            raise self.bad(place, "has to be a column, or {value = …}")
        return Constant(_word(source["value"]))

    def _names(self, source: Any, place: str) -> tuple[str, ...]:
        names = source if isinstance(source, list) else [source]
        if not names or not all(isinstance(each, str) and each for each in names):
            raise self.bad(place, f"is {source!r}, not a column or a list of columns")
        return tuple(names)

    def _values(self, table: Table, name: str, entry: Dict[str, Any], place: str) -> dict[str, str]:
        here = f"{place}.values.{name}"
        field = table.field(name)
        if field is None or name not in table.mappable:
            raise self.bad(here, f"{table.name} has no such column; it has {', '.join(table.mappable)}")
        pairs = {old: _word(new) for old, new in self.entry(entry["values"], name, f"{place}.values").items()}
        for old, new in pairs.items():
            if field.choices and new not in field.choices:
                raise self.bad(f"{here}.{old}", f"{new!r} is none of {', '.join(field.choices)}")
        return pairs


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _word(value: Any) -> str:
    """A TOML value as PostgreSQL writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
