"""What is asked of PostgreSQL for the figures of many negocios, and how is its answer read?

A text is made once of a queryset and serves any negocios: making it costs more of this process than its answer.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.db.models import QuerySet
from psycopg.types.numeric import Int8

from dashboards.asking import Question
from dashboards.models import AttachedNegocio

# pg_current_snapshot() is read in the metric's own statement: nothing else orders concurrent results rightly. The
# left join gives one row, and so a version, even when no negocio has any data. Which of the negocios have attached
# tables is read in it too: a process that had that from before would show figures without them.
STATEMENT = """WITH figures AS ({sql})
SELECT pg_snapshot_xmax(seen)::text::bigint, (SELECT count(*) FROM pg_snapshot_xip(seen)),
  extract(epoch FROM clock_timestamp())::float8, attached, figures.*
FROM (SELECT pg_current_snapshot() AS seen, (
  SELECT array_agg(ARRAY[attachment_id, negocio_id]) FROM {attached} WHERE negocio_id = ANY({keys})
) AS attached) AS moment LEFT JOIN figures ON true"""
VERSION_COLUMNS = 4
MOST_IN_PROGRESS = 0xFFFF

# Keys that no negocio has: a queryset that is made for these shows where those of others belong.
STAND_INS = (-(2**62), 1 - 2**62)
TOKEN = re.compile(r"%%|IN \(%s, %s\)|%s")
KEYS = "%(negocios)s::bigint[]"
# A plan may look at negocios that aren't asked for before it leaves them out: one of them whose time zone doesn't exist
# would spoil everybody's figures.
ZONE = re.compile(r'("\w+"|\b\w+)\."time_zone"')
OWN_ZONE = rf"""(CASE WHEN \1."id" = ANY({KEYS}) THEN \1."time_zone" ELSE 'UTC' END)"""
# PostgreSQL keeps its plan of the statement for so few negocios: making it costs more than the answer. How many they
# are stands in the text, 1, 2, 4 or 8 keys, some of them twice; else the plan would be one for ten.
MOST_KEPT_FOR = 8


class StrayKeys(ValueError):
    """the keys of negocios may only be looked for in, as in negocio_id__in=scope.negocio_ids"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def version_of(xmax: int, in_progress: int) -> int:
    """A snapshot's place in time: later xmax, then fewer transactions in progress. Fits a JSON number."""
    return xmax << 16 | (MOST_IN_PROGRESS - min(in_progress, MOST_IN_PROGRESS))


def text_for_any(rows: QuerySet[Any, Any]) -> str:
    """The statement that reads the rows of any negocios, out of a queryset for STAND_INS; raises StrayKeys."""
    sql, params = rows.query.sql_with_params()
    values = iter(params)

    def put(token: re.Match[str]) -> str:
        if token[0] == "%%":
            return "%%"
        found = tuple(next(values) for _ in range(token[0].count("%s")))
        if found == STAND_INS:
            return f"= ANY({KEYS})"
        if not {value for value in found if isinstance(value, int)}.isdisjoint(STAND_INS):
            raise StrayKeys
        literals = [cast(Any, connection.ops).compose_sql("%s", [value]).replace("%", "%%") for value in found]
        return f"IN ({', '.join(literals)})" if len(literals) > 1 else literals[0]

    text = TOKEN.sub(put, sql)
    if KEYS not in text:
        raise StrayKeys
    text = ZONE.sub(OWN_ZONE, text)
    return STATEMENT.format(sql=text, attached=AttachedNegocio._meta.db_table, keys=KEYS)


def question_for(text: str, negocio_ids: Sequence[int], keep: bool) -> Question:
    """A text of text_for_any() for these negocios. `keep`: whether PostgreSQL may keep its plan."""
    if not keep or len(negocio_ids) > MOST_KEPT_FOR:
        # As text: a list is turned into it anew wherever it stands.
        return Question(text, {"negocios": f"{{{','.join(map(str, negocio_ids))}}}"})
    size = 1 << (len(negocio_ids) - 1).bit_length()
    keys = {f"negocio{place}": Int8(negocio_ids[min(place, len(negocio_ids) - 1)]) for place in range(size)}
    array = ", ".join(f"%({name})s" for name in keys)
    return Question(text.replace(KEYS, f"ARRAY[{array}]"), keys, kept=True)


def question_once(rows: QuerySet[Any, Any], negocio_ids: Sequence[int]) -> Question:
    """The statement of a queryset for these negocios, made for this once."""
    sql, params = rows.query.sql_with_params()
    statement = STATEMENT.format(sql=sql, attached=AttachedNegocio._meta.db_table, keys="%s")
    return Question(statement, [*params, list(negocio_ids)])


@dataclass(frozen=True, slots=True)
class Reading:
    """What a statement answered: rows by negocio, the snapshot that it saw, and whose rows stand in attached tables
    (attachment -> negocios).
    """

    version: int
    as_of: dt.datetime
    rows: Mapping[int, Sequence[Mapping[str, Any]]]
    attached: Mapping[int, Sequence[int]]


def reading_of(answered: Question) -> Reading:
    """What the statement says, once it was asked."""
    names = answered.columns[VERSION_COLUMNS:]
    xmax, in_progress, seconds, pairs = answered.rows[0][:VERSION_COLUMNS]
    rows: dict[int, list[Mapping[str, Any]]] = {}
    for record in answered.rows:
        row = dict(zip(names, record[VERSION_COLUMNS:], strict=True))
        if row["negocio_id"] is not None:
            rows.setdefault(row["negocio_id"], []).append(row)
    attached: dict[int, list[int]] = {}
    for attachment_id, negocio_id in pairs or ():
        attached.setdefault(attachment_id, []).append(negocio_id)
    return Reading(version_of(xmax, in_progress), dt.datetime.fromtimestamp(seconds, dt.UTC), rows, attached)
