"""In which words is a row of theirs asked for as if it were ours? SQL, out of a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.attach.mapping import OTHERWISE, Constant
from dashboards.attach.quoting import name, text
from dashboards.attach.resolving import Cell, Plan, TablePlan
from dashboards.attach.shape import Field
from dashboards.models import AttachedNegocio, Negocio

# Keys of attached rows are below zero, where no key of ours is. Ids that are small whole numbers keep their order, in
# a range of their own for each attachment; others are hashed.
LEAST = -(2**63)
RANGE, MIDDLE = 2**32, 2**31
# Between the parts of an id of several columns.
JOINT = "/"
# Theirs, the one attached, the negocio; links are j0, j1, …
ROW, MEMBER, OWNER = "t", "m", "n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attachment's rows are and whose: its number and kind, our schema, the one in which their tables are
    found here, and the time zone of negocios that come."""

    attachment_id: int
    kind: str
    own: str
    theirs: str
    time_zone: str = "UTC"


def key_of(parts: Sequence[str], in_order: bool, attachment_id: int) -> str:
    """Our key for the row with this id, an expression of bigint."""
    if in_order:
        first = LEAST + attachment_id * RANGE + MIDDLE
        return f"('{first}'::bigint + ({parts[0]})::text::bigint)"
    return f"(hashtextextended({id_text(parts)}, {attachment_id}) | '{LEAST}'::bigint)"


def id_text(parts: Sequence[str]) -> str:
    """The row's id as a text."""
    return f" || '{JOINT}' || ".join(f"({part})::text" for part in parts)


class Rows:
    """Makes the SQL of one table. `exact`: whether NULL stays where ours has an amount, as sums and averages need."""

    def __init__(self, plan: Plan, table: TablePlan, place: Place, exact: bool = True) -> None:
        self._plan, self._table, self._place, self._exact = plan, table, place, exact
        self._joins = {link.column.name: f"j{number}" for number, link in enumerate(table.links())}

    def select(self) -> str:
        """All columns of our table, in their order."""
        columns = ", ".join(f"{self.column(field)} AS {name(field.column)}" for field in self._table.table.fields)
        theirs = name(self._place.theirs, self._table.source)
        if not self._table.distinct:
            return f"SELECT {columns}\nFROM {self.origin(theirs)}"
        once = ", ".join([f"{MEMBER}.negocio_id", *self._ids()])
        there = " AND ".join(f"{each} IS NOT NULL" for each in self._ids())
        return f"SELECT DISTINCT ON ({once}) {columns}\nFROM {self.origin(theirs)} AND {there}"

    def origin(self, rows: str, joins: bool = True) -> str:
        """Whose rows, from which; ends in a condition. `rows`: a table or transition table."""
        negocio = self._table.negocio
        own = "true" if negocio is None else f"{ROW}.{name(negocio.name)} = {MEMBER}.key::{negocio.type}"
        members, owners = (name(self._place.own, model._meta.db_table) for model in (AttachedNegocio, Negocio))
        sources = [
            f"{members} AS {MEMBER} JOIN {owners} AS {OWNER} ON {OWNER}.id = {MEMBER}.negocio_id",
            f"JOIN {rows} AS {ROW} ON {own}",
            *(self._join(number) for number in range(len(self._joins)) if joins),
        ]
        return "\n".join([*sources, f"WHERE {MEMBER}.attachment_id = {self._place.attachment_id}"])

    def _join(self, number: int) -> str:
        link = self._table.links()[number]
        theirs, alias = name(self._place.theirs, link.source), f"j{number}"
        return f"LEFT JOIN {theirs} AS {alias} ON {alias}.{name(link.id.name)} = {ROW}.{name(link.column.name)}"

    def key(self) -> str:
        return key_of(self._ids(), self._table.in_order, self._place.attachment_id)

    def _ids(self) -> list[str]:
        return [f"{ROW}.{name(each.name)}" for each in self._table.ids]

    def column(self, field: Field) -> str:
        """The expression of one of our columns, in its type."""
        cell = self._table.cells.get(field.name)
        if field.name == "id":
            return self.key()
        if field.name == "negocio":
            return f"{MEMBER}.negocio_id"
        if field.name == "external_id":
            return f"({id_text(self._ids())})::{field.type}"
        if cell is None:
            return f"({field.default})::{field.type}"
        if isinstance(cell, Constant):
            return f"({text(cell.value)})::{field.type}"
        return self._filled(self._read(cell), field)

    def _filled(self, value: str, field: Field) -> str:
        kept = field.type == "numeric" and self._exact
        return value if field.nullable or field.default == "NULL" or kept else f"coalesce({value}, {field.default})"

    def _read(self, cell: Cell) -> str:
        alias = ROW if cell.through is None else self._joins[cell.through.column.name]
        source = f"{alias}.{name(cell.column.name)}"
        if cell.field.target is not None:
            return self._link(source, cell.field.target)
        if cell.values:
            return f"({_translated(source, cell.values)})::{cell.field.type}"
        return self._converted(source, cell)

    def _link(self, source: str, target: str) -> str:
        beyond = self._plan.tables[target]
        key = key_of([source], beyond.in_order, self._place.attachment_id)
        return f"CASE WHEN {source} IS NOT NULL THEN {key} END"

    def _converted(self, source: str, cell: Cell) -> str:
        """In our type; a date or time without a zone is the negocio's."""
        type, family, theirs = cell.field.type, cell.field.family, cell.column.type
        zone = f"{OWNER}.time_zone" if self._plan.time_zone is None else text(self._plan.time_zone)
        if family == "moment":
            aware = theirs == "timestamp with time zone"
            return source if aware else f"({source}::timestamp AT TIME ZONE {zone})"
        if family in ("date", "time") and theirs == "timestamp with time zone":
            return f"({source} AT TIME ZONE {zone})::{type}"
        if family == "json":
            return f"to_jsonb({source})"
        return f"{source}::text::{type}" if family == "text" or cell.column.category == "S" else f"{source}::{type}"


def _translated(source: str, values: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {text(old)} THEN {text(new)}" for old, new in values.items() if old != OTHERWISE)
    otherwise = text(values[OTHERWISE]) if OTHERWISE in values else f"{source}::text"
    return f"CASE {source}::text {cases} ELSE {otherwise} END" if cases else otherwise
