"""By which keys are a table's rows counted, and what is summed? In Django's words, and in PostgreSQL's."""

from collections.abc import Mapping
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import DateField, DateTimeField, F, Func, Model, Q
from django.db.models.expressions import RawSQL
from django.db.models.sql import Query
from django.utils.deconstruct import deconstructible

from dashboards.rollups.links import lent_columns

# Columns of a tally that make its key, with their types and what stands there for nothing.
KEYS: Mapping[str, tuple[str, str]] = {
    "day": ("date", "'0001-01-01'"),
    "moment": ("timestamptz", "'0001-01-01 00:00+00'"),
    "word": ("text", "''"),
    "number": ("bigint", "0"),
}
NEGOCIO = "negocio_id"
UTC_DAY, QUARTER = "utc_day", "quarter"
# Of a row before and after a change: how many times it counts (less than nothing: it goes), and whether it is after.
SIGN, AFTER = "pulso_sign", "pulso_after"


@deconstructible
class Level:
    """One grouping of a table's rows within a negocio: `day`, `moment`, `word` and `number` name or compute the key.

    `amount` is what is summed, `where` which rows count. All are columns or expressions of the table's own columns and
    of those of the rows that its foreign keys lead to ("order__status"), if these can't be NULL. What changes without
    a write to one of these rows (the clock, the negocio's time zone) has no place in them.
    `distinct`: a column of which the different values are counted, and not rows; the same for all levels of a table.
    """

    def __init__(
        self, *, day: Any = None, moment: Any = None, word: Any = None, number: Any = None,
        amount: Any = None, where: Q | None = None, distinct: str | None = None,
    ) -> None:  # fmt: skip
        self.keys = {"day": day, "moment": moment, "word": word, "number": number}
        self.amount, self.where, self.distinct = amount, where, distinct

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Level) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(tuple(self.keys))

    def _parts(self) -> tuple[Any, ...]:
        return self.keys, self.amount, self.where, self.distinct


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

    `read`: the columns of the table that it reads. `borrowed`: those of other tables, by their names in Django's words.
    """

    def __init__(self, name: str, level: Level, model: type[Model], editor: BaseDatabaseSchemaEditor) -> None:
        self.name, self.distinct = name, level.distinct
        self._query, self._editor = Query(model, alias_cols=False), editor
        lent = lent_columns(model)
        self._query.annotations.update({each: RawSQL(editor.quote_name(each), (), lent[each]) for each in lent})
        self._keys = {key: self._compiled(each) for key, each in level.keys.items() if each is not None}
        self._amount = None if level.amount is None else self._compiled(level.amount)
        self._where = None if level.where is None else self._sql(self._query.build_where(level.where))
        said = " ".join([*self._keys.values(), self._amount or "", self._where or ""])
        columns = [str(field.column) for field in model._meta.concrete_fields]
        self.read = [each for each in columns if editor.quote_name(each) in said]
        self.borrowed = [each for each in lent if editor.quote_name(each) in said]

    def select(self, rows: str, sign: str = "") -> str:
        """Tallies of the rows, one for each key: level, negocio, key, size, amount.

        `sign`: a column that says how many times a row counts, else once.
        """
        if self.distinct is not None:
            return self._changed_values(rows, sign) if sign else self._values(rows)
        size = f"sum({sign})" if sign else "count(*)"
        having = f" HAVING sum({sign}) <> 0 OR {self._sum(sign)} <> 0" if sign else ""
        return f"{self._selected(size, self._sum(sign), rows)} GROUP BY {', '.join(self._grouping())}{having}"

    def each(self, rows: str, sign: str) -> str:
        """The same, one for each row, all columns of the types that a tally has.

        Only then does PostgreSQL look at each part of a union by itself, and use its index.
        """
        amount = "0" if self._amount is None else f"coalesce({self._times(sign)}, 0)"
        return self._selected(sign, f"({amount})::numeric", rows)

    def _values(self, rows: str) -> str:
        selected = self._selected(f"count(DISTINCT {self.distinct})", self._sum(), rows)
        return f"{selected} GROUP BY {', '.join(self._grouping())}"

    def _changed_values(self, rows: str, sign: str) -> str:
        """A value counts while there is a row that has it: so what it had before and has after are told apart."""
        keys, named = ", ".join(KEYS), ", ".join(f"{mine} AS {key}" for key, mine in self._key_columns().items())
        count = f"coalesce(sum({sign}) FILTER (WHERE {{}}), 0)"
        came, went = count.format(AFTER), "-" + count.format(f"NOT {AFTER}")
        values = (
            f"SELECT {NEGOCIO}, {named}, {came} AS came, {went} AS went, {self._sum(sign)} AS much FROM {rows}"
            f"{self._filter()} GROUP BY {self.distinct}, {', '.join(self._grouping(NEGOCIO, 2))}"
        )
        size, much = "sum((came > 0)::int - (went > 0)::int)", "sum(much)"
        return (
            f"SELECT '{self.name}'::text, {NEGOCIO}, {keys}, {size}, {much} FROM ({values}) AS each_value "
            f"GROUP BY {NEGOCIO}, {keys} HAVING {size} <> 0 OR {much} <> 0"
        )

    def _selected(self, size: str, amount: str, rows: str) -> str:
        keys = ", ".join(self._key_columns().values())
        return f"SELECT '{self.name}'::text, {NEGOCIO}, {keys}, {size}, {amount} FROM {rows}{self._filter()}"

    def _filter(self) -> str:
        return "" if self._where is None else f" WHERE {self._where}"

    def _sum(self, sign: str = "") -> str:
        return "0" if self._amount is None else f"coalesce(sum({self._times(sign)}), 0)"

    def _times(self, sign: str) -> str:
        return f"{sign} * {self._amount}" if sign else str(self._amount)

    def _key_columns(self) -> Mapping[str, str]:
        return {
            key: f"coalesce(({self._keys[key]})::{type}, {nothing}::{type})" if key in self._keys
            else f"{nothing}::{type}" for key, (type, nothing) in KEYS.items()
        }  # fmt: skip

    def _grouping(self, negocio: str = NEGOCIO, first: int = 3) -> list[str]:
        """By negocio and the keys that the level has, these by their places among what is selected."""
        return [negocio, *(str(place) for place, key in enumerate(KEYS, first) if key in self._keys)]

    def _compiled(self, expression: Any) -> str:
        named = F(expression) if isinstance(expression, str) else expression
        return self._sql(named.resolve_expression(self._query, allow_joins=False))

    def _sql(self, node: Any) -> str:
        compiler = self._query.get_compiler(connection=self._editor.connection)
        sql, params = compiler.compile(node)
        return str(sql) % tuple(self._editor.quote_value(value) for value in params)
