"""By how much do a joined roll-up's rows add up to something else than its tallies say?

A table's rows together with the rows they lead to are R. Deltas say of each table what came and went since they were
folded, and are committed with the rows they copy: so whatever a statement sees, rows without what its deltas brought
and with what they took are those that the tallies were made of. Both R are made here, of the units that any delta
touches, and what is between them is what isn't folded. Nobody has to write in anybody's order for that to be exact.
"""

from collections.abc import Iterator, Mapping

from dashboards.rollups.levels import AFTER, SIGN
from dashboards.rollups.links import Link
from dashboards.rollups.naming import delta_table
from dashboards.rollups.rolled import Rolled

# The column of a link's deltas that says of which row they are.
KEY = "pulso_key"
NO_DELTAS: Mapping[str, str] = {}


def rows_sql(rolled: Rolled, where: str = "true") -> str:
    """The rows as the levels read them, with what they borrow: a statement."""
    return _now(rolled, where)


def changed_rows(rolled: Rolled, where: str, left: Mapping[str, str] = NO_DELTAS) -> str:
    """The rows of some units as they are and, taken away, as they are in the tallies: a statement.

    `where`: which rows of the table and its deltas have these units. `left`: of links that aren't the unit, which
    deltas stay out as yet.
    """
    now = _with_links(rolled, _own(rolled, where), left) if left else _now(rolled, where, "true", "1::bigint")
    with_all = dict.fromkeys((link.name for link in rolled.links), "true")
    before = _with_links(rolled, _own_before(rolled, where), with_all, after="false", sign="-1")
    return f"{now} UNION ALL {before}"


def touched_by_links(rolled: Rolled, deltas: Mapping[str, str], rows: str) -> Iterator[str]:
    """Statements of the units that deltas of links touch.

    `deltas`: of each link, where its deltas are read from. `rows`: where those of the table.
    """
    for link in rolled.links:
        if link.column == rolled.unit:
            yield f"SELECT {KEY} FROM {deltas[link.name]} AS deltas"
        else:
            yield (
                f"SELECT mine.{rolled.unit} FROM {deltas[link.name]} AS deltas "
                f"JOIN {rows} AS mine ON mine.{link.column} = deltas.{KEY}"
            )


def _now(rolled: Rolled, where: str, after: str = "", sign: str = "") -> str:
    told = f"{after} AS {AFTER}, {sign} AS {SIGN}, " if after else ""
    lent = [f"of_{link.name}.{column} AS {name}" for link in rolled.links for name, (column, _) in link.lent.items()]
    # In the order in which all who need several of these tables lock them.
    tables = [*(f"{link.table} AS of_{link.name}" for link in rolled.links), f"({_own(rolled, where, '')}) AS mine"]
    joins = [f"of_{link.name}.{link.key} = mine.{link.column}" for link in rolled.links] or ["true"]
    columns = ", ".join([*(f"mine.{column}" for column in rolled.read), *lent])
    return f"SELECT {told}{columns} FROM {', '.join(tables)} WHERE {' AND '.join(joins)}"


def _own(rolled: Rolled, where: str, sign: str = f"1::bigint AS {SIGN}, ") -> str:
    return f"SELECT {sign}{', '.join(rolled.read)} FROM {rolled.table} WHERE {where}"


def _own_before(rolled: Rolled, where: str) -> str:
    gone = f"SELECT -{SIGN}, {', '.join(rolled.read)} FROM {delta_table(rolled.table)} WHERE {where}"
    return f"{_own(rolled, where)} UNION ALL {gone}"


def _with_links(rolled: Rolled, own: str, left: Mapping[str, str], after: str = "true", sign: str = "1") -> str:
    lent = {link.name: _lent(rolled, link, left.get(link.name)) for link in rolled.links}
    links = [f"CROSS JOIN LATERAL ({rows}) AS of_{name}" for name, rows in lent.items()]
    signs = [sign, f"mine.{SIGN}", *(f"of_{link.name}.{SIGN}" for link in rolled.links)]
    columns = [f"mine.{column}" for column in rolled.read]
    columns += [f"of_{link.name}.{name}" for link in rolled.links for name in link.lent]
    told = f"{after} AS {AFTER}, {' * '.join(signs)} AS {SIGN}"
    return f"SELECT {told}, {', '.join(columns)} FROM ({own}) AS mine {' '.join(links)}"


def _lent(rolled: Rolled, link: Link, left: str | None) -> str:
    """The row that a row leads to, without what these of its deltas made of it."""
    named = ", ".join(f"{column} AS {name}" for name, (column, _) in link.lent.items())
    now = f"SELECT 1::bigint AS {SIGN}, {named} FROM {link.table} WHERE {link.key} = mine.{link.column}"
    if left is None:
        return now
    deltas = f"{delta_table(rolled.table, link.name)} WHERE {KEY} = mine.{link.column} AND {left}"
    return f"{now} UNION ALL SELECT -{SIGN}, {', '.join(link.lent)} FROM {deltas}"
