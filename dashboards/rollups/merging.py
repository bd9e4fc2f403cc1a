"""In which statement do deltas leave and come back as tallies, one of each key?"""

from dashboards.rollups.changing import KEY, changed_rows, rows_sql, touched_by_links
from dashboards.rollups.lending import deltas_of
from dashboards.rollups.levels import KEYS, SIGN
from dashboards.rollups.links import Link
from dashboards.rollups.naming import delta_table, tally_table
from dashboards.rollups.rolled import COLUMNS, Rolled
from dashboards.rollups.triggers import count_sql

TALLY_KEY = ("negocio_id", "level", *KEYS)
MERGE = """
WITH {taken}, picked ({columns}) AS (
  {picked}
), keys AS (
  SELECT DISTINCT {key} FROM picked
), before AS (
  DELETE FROM {tally_table} AS t USING keys AS k WHERE t.folded AND {same} RETURNING {t_columns}
), folded AS (
  INSERT INTO {tally_table} ({key}, how_many, how_much, folded)
  SELECT {key}, sum(how_many), sum(how_much), true FROM (SELECT * FROM picked UNION ALL SELECT * FROM before) AS summed
  GROUP BY {key} HAVING sum(how_many) <> 0 OR sum(how_much) <> 0
)
SELECT {size}
"""
OWN = """raw AS (
  DELETE FROM {delta_table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {delta_table} LIMIT %(batch)s)) RETURNING *
), counted AS (
  DELETE FROM {tally_table} WHERE NOT folded
  AND ctid = ANY(ARRAY(SELECT ctid FROM {tally_table} WHERE NOT folded LIMIT %(batch)s)) RETURNING {columns}
)"""
# The units are chosen in one statement, and all that touches them is taken in the next: what is committed in between
# touches them, and is taken too, or doesn't, and stays.
CHOSEN = "WITH {some} SELECT ARRAY({units}){keys}"


def waiting_sql(rolled: Rolled) -> str:
    """How many deltas wait, at most so many of each table (a parameter for each)."""
    sizes = " + ".join(f"(SELECT count(*) FROM (SELECT FROM {each} LIMIT %s) AS first)" for each in sources_of(rolled))
    return f"SELECT {sizes}"


def sources_of(rolled: Rolled) -> list[str]:
    """Where deltas wait."""
    if rolled.joined:
        return deltas_of(rolled)
    return [f"{tally_table(rolled.table)} WHERE NOT folded", delta_table(rolled.table)]


def recount_sql(rolled: Rolled) -> str:
    """The statement that makes folded tallies of all rows, instead of what there is; gives how many by its size.

    What it doesn't see of rows it doesn't see of deltas, and these stay: nobody has to wait.
    """
    rows = f"({rows_sql(rolled)}) AS all_rows" if rolled.joined else rolled.table
    old = [tally_table(rolled.table), *deltas_of(rolled)]
    gone = ", ".join(f"gone_{place} AS (DELETE FROM {each})" for place, each in enumerate(old))
    return f"WITH {gone} {count_sql(rolled, rows)}"


def merge_sql(rolled: Rolled) -> str:
    """The statement that folds some of the deltas of a roll-up of own columns, a `batch`; gives how many."""
    tables = {"delta_table": delta_table(rolled.table), "tally_table": tally_table(rolled.table)}
    picked = f"{rolled.select('raw', SIGN).replace('%', '%%')} UNION ALL SELECT * FROM counted"
    size = "(SELECT count(*) FROM raw) + (SELECT count(*) FROM counted)"
    return _merge(rolled, OWN.format(**tables, columns=COLUMNS), picked, size)


def chosen_sql(rolled: Rolled) -> str:
    """What of a joined roll-up is folded next: units and, for each of its `others`, keys.

    Units of a `batch` of deltas, and all those that a `few` rows touch which rows of any unit lead to.
    """
    unit, own, others = rolled.unit, delta_table(rolled.table), [link.name for link in others_of(rolled)]
    some = {link.name: f"some_{link.name}" for link in rolled.links}
    chosen = [
        f"{some[link.name]} AS MATERIALIZED (SELECT {KEY} FROM {delta_table(rolled.table, link.name)} "
        f"LIMIT %({'few' if link.name in others else 'batch'})s)"
        for link in rolled.links
    ]
    chosen.append(f"some_own AS MATERIALIZED (SELECT {unit} FROM {own} LIMIT %(batch)s)")
    units = [f"SELECT {unit} FROM some_own", *touched_by_links(rolled, some, rolled.table)]
    units += [
        f"SELECT mine.{unit} FROM {some[link.name]} AS deltas JOIN {own} AS mine ON mine.{link.column} = deltas.{KEY}"
        for link in others_of(rolled)
    ]
    keys = "".join(f", ARRAY(SELECT {KEY} FROM {some[name]})" for name in others)
    return CHOSEN.format(some=", ".join(chosen), units=" UNION ".join(units), keys=keys)


def merge_units_sql(rolled: Rolled) -> str:
    """The statement that folds what was chosen: `units`, and keys by the names of the `others`; gives how many."""
    units = f"ANY(%(units)s::{rolled.read[rolled.unit]}[])"
    keys = {link.name: f"ANY(%({link.name})s::{link.type}[])" for link in others_of(rolled)}
    left = {name: f"NOT ({KEY} = {each})" for name, each in keys.items()}
    where = f"{rolled.unit} = {units}"
    gone = {"gone": f"{delta_table(rolled.table)} WHERE {where}"} | {
        f"gone_{link.name}": f"{delta_table(rolled.table, link.name)} WHERE {KEY} = {keys.get(link.name, units)}"
        for link in rolled.links
    }
    taken = [f"changed AS MATERIALIZED ({changed_rows(rolled, where, left)})"]
    taken += [f"{name} AS (DELETE FROM {each} RETURNING 1)" for name, each in gone.items()]
    size = " + ".join(f"(SELECT count(*) FROM {name})" for name in gone)
    return _merge(rolled, ", ".join(taken), rolled.select("changed", SIGN).replace("%", "%%"), size)


def others_of(rolled: Rolled) -> list[Link]:
    """The links to rows that rows of any unit may lead to."""
    return [link for link in rolled.links if link.column != rolled.unit]


def _merge(rolled: Rolled, taken: str, picked: str, size: str) -> str:
    return MERGE.format(
        taken=taken, picked=picked, size=size, columns=COLUMNS, key=", ".join(TALLY_KEY),
        tally_table=tally_table(rolled.table),
        t_columns=", ".join(f"t.{column}" for column in COLUMNS.split(", ")),
        same=" AND ".join(f"t.{column} = k.{column}" for column in TALLY_KEY),
    )  # fmt: skip
