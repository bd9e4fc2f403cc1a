"""Does a mapping fit the tables that are there, and which of their columns is each of ours then?

Pure: mapping, the kind's shape and their catalog in; a Plan or the list of what is wrong out.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass

from dashboards.attach.catalog import Catalog, Column, Relation
from dashboards.attach.mapping import OTHERWISE, Constant, Mapping, NegociosMap, Source, TableMap
from dashboards.attach.shape import Field, Table

# Which categories of their types can be read as a family of ours.
READABLE: Dict[str, str] = {"number": "NS", "boolean": "BS", "date": "DS", "time": "DS", "moment": "DS"}
AS: Dict[str, str] = {
    "number": "a number", "boolean": "true or false", "date": "a date", "time": "a time", "moment": "a moment",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of ours that is a column of theirs. `through`: the link to follow first, for a column of another row."""

    field: Field
    column: Column
    values: Dict[str, str]
    through: "Link | None" = None


@dataclass(frozen=True, slots=True)
class Link:
    """A column of theirs that leads to a row of another table of theirs, by that one's id."""

    column: Column
    source: str
    id: Column


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How one table of the kind is read. `ids` name a row of theirs; `negocio`: whose it is, where there are many."""

    table: Table
    source: str
    ids: tuple[Column, ...]
    cells: Dict[str, Cell | Constant]
    negocio: Column | None
    distinct: bool

    @property
    def in_order(self) -> bool:
        """Whether our keys can keep the order of their ids."""
        return len(self.ids) == 1 and self.ids[0].is_small_whole

    def links(self) -> list[Link]:
        """The links that its cells follow, each once, by the column."""
        found = {cell.through.column.name: cell.through for cell in self.columns() if cell.through is not None}
        return list(found.values())

    def columns(self) -> list[Cell]:
        return [cell for cell in self.cells.values() if isinstance(cell, Cell)]

    def read(self) -> list[str]:
        """The columns of its own source that matter."""
        own = [cell.column.name if cell.through is None else cell.through.column.name for cell in self.columns()]
        negocio = [] if self.negocio is None else [self.negocio.name]
        return sorted({*own, *negocio, *(each.name for each in self.ids)})


@dataclass(frozen=True, slots=True)
class NegociosPlan:
    """Their table of negocios."""

    source: str
    id: Column
    name: Column | None
    admin: Column | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A mapping that fits. `tables` by our names."""

    tables: Dict[str, TablePlan]
    negocios: NegociosPlan | None
    time_zone: str | None

    def sources(self) -> list[str]:
        """Their tables, each once."""
        names = {plan.source: None for plan in self.tables.values()}
        names |= {link.source: None for plan in self.tables.values() for link in plan.links()}
        return [*names, *([self.negocios.source] if self.negocios and self.negocios.source not in names else [])]

    def read_of(self, source: str) -> list[str]:
        """The columns of one of their tables that matter."""
        names: set[str] = set()
        for plan in self.tables.values():
            names.update(plan.read() if plan.source == source else ())
            for cell in plan.columns():
                if cell.through is not None and cell.through.source == source:
                    names |= {cell.through.id.name, cell.column.name}
        if self.negocios is not None and self.negocios.source == source:
            named = (self.negocios.id, self.negocios.name, self.negocios.admin)
            names |= {column.name for column in named if column is not None}
        return sorted(names)


def resolve(mapping: Mapping, shape: Dict[str, Table], catalog: Catalog) -> tuple[Plan | None, list[str]]:
    """The plan, or None and what is wrong: each problem names the table and the column or value."""
    resolver = _Resolver(mapping, shape, catalog)
    plan = resolver.plan()
    return (None, resolver.problems) if resolver.problems else (plan, [])


class _Resolver:
    def __init__(self, mapping: Mapping, shape: Dict[str, Table], catalog: Catalog) -> None:
        self.problems: list[str] = []
        self._mapping, self._shape, self._catalog = mapping, shape, catalog
        self._present = {
            name: entry for name, entry in mapping.tables.items() if not entry.optional or entry.source in catalog
        }

    def plan(self) -> Plan:
        missing = sorted({each.source for each in self._present.values()} - self._catalog.keys())
        self.problems += [f"there is no table {name}" for name in missing]
        negocios = self._negocios(self._mapping.negocios)
        tables = {
            name: self._table(entry, self._catalog[entry.source])
            for name, entry in self._present.items()
            if entry.source in self._catalog
        }
        return Plan(tables, negocios, self._mapping.time_zone)

    def _negocios(self, entry: NegociosMap | None) -> NegociosPlan | None:
        if entry is None:
            return None
        relation = self._catalog.get(entry.source)
        if relation is None:
            self.problems.append(f"there is no table {entry.source}")
            return None
        id, name, admin = (
            self._column(relation, each) if each is not None else None for each in (entry.id, entry.name, entry.admin)
        )
        return None if id is None else NegociosPlan(entry.source, id, name, admin)

    def _table(self, entry: TableMap, relation: Relation) -> TablePlan:
        if not relation.watchable:
            self.problems.append(f"{relation.name} is a view, which no trigger can watch; name its tables")
        table = self._shape[entry.name]
        negocio = None if entry.negocio is None else self._column(relation, entry.negocio)
        return TablePlan(
            table, entry.source, self._ids(entry, relation), dict(self._cells(entry, relation)), negocio, entry.distinct
        )

    def _ids(self, entry: TableMap, relation: Relation) -> tuple[Column, ...]:
        choices = [each.split("+") for each in entry.ids]
        fitting = next((names for names in choices if set(names) <= relation.columns.keys()), choices[0])
        columns = tuple(column for name in fitting if (column := self._column(relation, name)) is not None)
        number = self._shape[entry.name].field("external_id")
        if columns and number is not None and number.family == "number" and columns[0].category != "N":
            self.problems.append(f"{relation.name}.{columns[0].name} is {columns[0].type}; the ids are numbers here")
        return columns

    def _column(self, relation: Relation, *names: str) -> Column | None:
        found = next((relation.columns[name] for name in names if name in relation.columns), None)
        if found is None:
            self.problems.append(f"{relation.name} has no column {' or '.join(names)}")
        return found

    def _cells(self, entry: TableMap, relation: Relation) -> Iterator[tuple[str, Cell | Constant]]:
        for name, source in {**entry.columns, **entry.maybe}.items():
            field = self._shape[entry.name].field(name)
            assert field is not None, "the mapping was read with this shape"
            if isinstance(source, Constant):
                yield name, source
            elif field.target is not None and field.target not in self._present:
                continue  # nothing to lead to
            else:
                cell = self._cell(entry, relation, field, source, must=name in entry.columns)
                if cell is not None:
                    yield name, cell

    def _cell(self, entry: TableMap, relation: Relation, field: Field, source: Source, must: bool) -> Cell | None:
        assert not isinstance(source, Constant)
        for choice in source:
            link, column = self._follow(entry, relation, choice)
            if column is not None:
                values = entry.values.get(field.name, {})
                self._check(relation if link is None else self._catalog[link.source], column, field, values)
                return Cell(field, column, values, link)
        if must:
            self.problems.append(f"{relation.name} has no column {' or '.join(source)} (for {entry.name}.{field.name})")
        return None

    def _follow(self, entry: TableMap, relation: Relation, choice: str) -> tuple[Link | None, Column | None]:
        first, dot, second = choice.partition(".")
        if not dot or choice in relation.columns:
            return None, relation.columns.get(choice)
        beyond = self._linked(entry, first)
        target = None if beyond is None else self._catalog.get(beyond.source)
        if target is None or beyond is None or first not in relation.columns:
            return None, None
        id = next((target.columns[name] for name in beyond.ids if name in target.columns), None)
        column = target.columns.get(second)
        return (None, None) if id is None else (Link(relation.columns[first], target.name, id), column)

    def _linked(self, entry: TableMap, column: str) -> TableMap | None:
        """The table that a column of theirs leads to, as a field of ours says that is read from it."""
        for name, source in {**entry.columns, **entry.maybe}.items():
            field = self._shape[entry.name].field(name)
            if field is not None and field.target is not None and not isinstance(source, Constant) and column in source:
                return self._present.get(field.target)
        return None

    def _check(self, relation: Relation, column: Column, field: Field, values: Dict[str, str]) -> None:
        """Can such a column be read as the field, and are there such values?"""
        here = f"{relation.name}.{column.name}"
        known = ("true", "false") if column.category == "B" else column.labels
        wrong = [each for each in values if each != OTHERWISE and known and each not in known]
        self.problems += [f"{here} has no value {each!r} but {', '.join(known)}" for each in wrong]
        if column.category not in READABLE.get(field.family, column.category) and not values:
            self.problems.append(f"{here} is {column.type}, which can't be read as {AS[field.family]} ({field.name})")
