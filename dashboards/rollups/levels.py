"""By which keys are a table's rows counted, and what is summed? In Django's words, and in PostgreSQL's."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import DateField, DateTimeField, F, Func, Model, Q
from django.db.models.sql import Query
from django.utils.deconstruct import deconstructible

# Columns of a tally that make its key, with their types and what stands there for nothing.
KEYS: Mapping[str, tuple[str, str]] = {
    "day": ("date", "'0001-01-01'"),
    "moment": ("timestamptz", "'0001-01-01 00:00+00'"),
    "word": ("text", "''"),
    "number": ("bigint", "0"),
}
NEGOCIO = "negocio_id"
UTC_DAY, QUARTER = "utc_day", "quarter"


@deconstructible
class Level:
    """One grouping of a table's rows within a negocio: `day`, `moment`, `word` and `number` name or compute the key.

    `amount` is what is summed, `where` which rows count. All are columns or expressions of the table's own columns;
    what changes without a write to the row (the clock, another table, the negocio's time zone) has no place in them.
    """

    def __init__(
        self, *, day: Any = None, moment: Any = None, word: Any = None, number: Any = None,
        amount: Any = None, where: Q | None = None,
    ) -> None:  # fmt: skip
        self.keys = {"day": day, "moment": moment, "word": word, "number": number}
        self.amount, self.where = amount, where

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Level) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(tuple(self.keys))

    def _parts(self) -> tuple[Any, ...]:
        return self.keys, self.amount, self.where


class Quarter(Func):
    """The quarter of an hour in which an instant lies. Days of all of today's time zones begin with one."""

    template = "date_bin('15 minutes', %(expressions)s, '2000-01-01 00:00+00')"
    output_field = DateTimeField()


class UtcDay(Func):
    """The date of an instant in UTC."""

    template = "((%(expressions)s AT TIME ZONE 'UTC')::date)"
    output_field = DateField()


def by_instant(instant: str, *, name: str = "", **rest: Any) -> dict[str, Level]:
    """The two levels out of which `within` adds up any days of any time zone; `name` tells several apart.

    Quarters of hours and days in UTC, and not days of the negocio: so no tally changes with its time zone.
    """
    return {
        UTC_DAY + name: Level(day=UtcDay(F(instant)), **rest),
        QUARTER + name: Level(moment=Quarter(F(instant)), **rest),
    }


class LevelSql:
    """A level in SQL over rows of the model's table, by their bare column names.

    `read`: the columns that it reads, with their types.
    """

    def __init__(self, name: str, level: Level, model: type[Model], editor: BaseDatabaseSchemaEditor) -> None:
        self.name = name
        self._query, self._editor = Query(model, alias_cols=False), editor
        self._keys = {key: self._compiled(each) for key, each in level.keys.items() if each is not None}
        self._amount = None if level.amount is None else self._compiled(level.amount)
        self._where = None if level.where is None else self._sql(self._query.build_where(level.where))
        said = " ".join([*self._keys.values(), self._amount or "", self._where or ""])
        self.read: dict[str, str] = {
            column: str(field.db_type(editor.connection))
            for field in model._meta.concrete_fields
            if editor.quote_name(column := str(field.column)) in said
        }

    def select(self, rows: str, sign: str = "") -> str:
        """Tallies of the rows, one for each key: level, negocio, key, size, amount.

        `sign`: a column that says how many times a row counts, else once.
        """
        size = f"sum({sign})" if sign else "count(*)"
        amount = "0" if self._amount is None else f"coalesce(sum({self._times(sign)}), 0)"
        having = f" HAVING sum({sign}) <> 0 OR {amount} <> 0" if sign else ""
        return f"{self._selected(size, amount, rows)} GROUP BY {', '.join(self._grouping())}{having}"

    def each(self, rows: str, sign: str) -> str:
        """The same, one for each row, all columns of the types that a tally has.

        Only then does PostgreSQL look at each part of a union by itself, and use its index.
        """
        amount = "0" if self._amount is None else f"coalesce({self._times(sign)}, 0)"
        return self._selected(sign, f"({amount})::numeric", rows)

    def _selected(self, size: str, amount: str, rows: str) -> str:
        keys = ", ".join(self._key_columns())
        where = "" if self._where is None else f" WHERE {self._where}"
        return f"SELECT '{self.name}'::text, {NEGOCIO}, {keys}, {size}, {amount} FROM {rows}{where}"

    def _times(self, sign: str) -> str:
        return f"{sign} * {self._amount}" if sign else str(self._amount)

    def _key_columns(self) -> Iterator[str]:
        for key, (type, nothing) in KEYS.items():
            mine = self._keys.get(key)
            yield f"{nothing}::{type}" if mine is None else f"coalesce(({mine})::{type}, {nothing}::{type})"

    def _grouping(self) -> list[str]:
        places = [str(place) for place, key in enumerate(KEYS, 3) if key in self._keys]
        return [NEGOCIO, *places]

    def _compiled(self, expression: Any) -> str:
        named = F(expression) if isinstance(expression, str) else expression
        return self._sql(named.resolve_expression(self._query, allow_joins=False))

    def _sql(self, node: Any) -> str:
        compiler = self._query.get_compiler(connection=self._editor.connection)
        sql, params = compiler.compile(node)
        return str(sql) % tuple(self._editor.quote_value(value) for value in params)
