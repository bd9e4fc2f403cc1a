"""Which tables and columns does a team have? As PostgreSQL's catalog says, here or on another server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# PostgreSQL's category of an array, and kinds of relations that statement triggers with transition tables can watch.
WATCHABLE = frozenset({"r", "p"})
COLUMNS = """
SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, NULL), t.typcategory,
  coalesce((SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e
            WHERE e.enumtypid = a.atttypid), '{}')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE s.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY c.relname, a.attnum
"""
Query = Callable[[str, Sequence[Any]], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of theirs. `category` is PostgreSQL's: B boolean, N number, S string, D date or time, E enum, …"""

    name: str
    type: str
    category: str
    labels: tuple[str, ...] = ()

    @property
    def is_small_whole(self) -> bool:
        return self.type in ("integer", "smallint")


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of theirs; `watchable`: not a view."""

    name: str
    watchable: bool
    columns: Mapping[str, Column]


Catalog = Mapping[str, Relation]


def read_catalog(query: Query, schema: str, elsewhere: bool = False) -> dict[str, Relation]:
    """The tables of a schema by name; empty for a schema that isn't there or can't be seen.

    `elsewhere`: on another server, where nothing is watched and a view does as well.
    """
    found: dict[str, Relation] = {}
    for table, kind, name, type_name, category, labels in query(COLUMNS, [schema]):
        relation = found.setdefault(table, Relation(table, elsewhere or kind in WATCHABLE, {}))
        assert isinstance(relation.columns, dict)
        relation.columns[name] = Column(name, type_name, category, tuple(labels))
    return found
