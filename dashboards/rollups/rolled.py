"""What of a table and of others does a roll-up read, and how is that said to PostgreSQL?"""

from collections.abc import Mapping, Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model

from dashboards.rollups.levels import KEYS, NEGOCIO, Level, LevelSql
from dashboards.rollups.links import Link, links_of

COLUMNS = ", ".join(["level", "negocio_id", *KEYS, "how_many", "how_much"])


class Rolled:
    """A model's roll-up in SQL.

    It is *joined* if what a row counts for depends on other rows: those that its `links` lead to, or those that have
    the same `unit`, a column. A joined roll-up is counted unit by unit. `read`: the columns of the table, with types.
    """

    def __init__(self, model: type[Model], levels: Mapping[str, Level], editor: BaseDatabaseSchemaEditor) -> None:
        self.table: str = model._meta.db_table
        self.levels: Sequence[LevelSql] = [LevelSql(name, level, model, editor) for name, level in levels.items()]
        self.links: Sequence[Link] = links_of(model, {name for each in self.levels for name in each.borrowed}, editor)
        units = sorted({each.distinct for each in self.levels if each.distinct is not None})
        if len(units) > 1:
            raise ValueError(f"{self.table}: values of one column can be told apart, not of {' and '.join(units)}")
        assert model._meta.pk is not None
        self.joined = bool(self.links or units)
        self.unit = units[0] if units else str(model._meta.pk.column)
        also = {self.unit, *(link.column for link in self.links)} if self.joined else set()
        types = {str(field.column): str(field.db_type(editor.connection)) for field in model._meta.concrete_fields}
        read = {NEGOCIO, *also, *(column for level in self.levels for column in level.read)}
        self.read: Mapping[str, str] = {column: type for column, type in types.items() if column in read}

    def select(self, rows: str, sign: str = "") -> str:
        """Tallies of the rows, of each level."""
        return " UNION ALL ".join(level.select(rows, sign) for level in self.levels)

    @property
    def tables(self) -> Sequence[str]:
        """All tables whose rows decide, those that others lead to first: in this order they are locked."""
        return [*dict.fromkeys(link.table for link in self.links if link.table != self.table), self.table]
