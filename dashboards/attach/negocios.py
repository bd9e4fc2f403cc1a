"""How do a team's negocios become ours, those of today and those that come?"""

from typing import Any

from django.db import models

from dashboards.attach.quoting import name, text
from dashboards.attach.resolving import NegociosPlan
from dashboards.attach.rows import Place
from dashboards.models import AttachedNegocio, Negocio

# In one statement: it sees the negocios that were there, and those that it makes only by RETURNING.
ADOPT = """
WITH theirs AS (
  SELECT {id} AS key, {columns} FROM {source} AS t WHERE {id} ~ '^[A-Za-z0-9][A-Za-z0-9._-]{{0,63}}$'
), made AS (
  INSERT INTO {negocios} (code, {names}) SELECT key, {names} FROM theirs ON CONFLICT (code) DO NOTHING
  RETURNING id, code
), renamed AS (
  UPDATE {negocios} AS n SET name = theirs.name, external_admin_id = theirs.external_admin_id
  FROM theirs JOIN {members} AS m ON m.attachment_id = {attachment_id} AND m.key = theirs.key
  WHERE n.id = m.negocio_id AND (n.name, n.external_admin_id) <> (theirs.name, theirs.external_admin_id)
)
INSERT INTO {members} (negocio_id, attachment_id, key, made)
SELECT id, {attachment_id}, code, true FROM made
UNION ALL
SELECT n.id, {attachment_id}, n.code, false FROM {negocios} AS n JOIN theirs ON theirs.key = n.code
WHERE n.kind = {kind}
ON CONFLICT DO NOTHING"""


def adopt_sql(plan: NegociosPlan, place: Place, rows: str) -> str:
    """The statement that makes negocios of what `rows` (their table, or a transition table) holds."""
    values = _values(plan, place)
    return ADOPT.format(
        id=f"t.{name(plan.id.name)}::text", source=rows, attachment_id=place.attachment_id,
        columns=", ".join(f"{value} AS {name(column)}" for column, value in values.items()),
        names=", ".join(map(name, values)), kind=text(place.kind),
        negocios=name(place.own, Negocio._meta.db_table), members=name(place.own, AttachedNegocio._meta.db_table),
    )  # fmt: skip


def _values(plan: NegociosPlan, place: Place) -> dict[str, str]:
    """Every column of a new negocio but its key and code."""
    id, length = f"t.{name(plan.id.name)}::text", Negocio._meta.get_field("name").max_length
    named = id if plan.name is None else f"coalesce(nullif(t.{name(plan.name.name)}::text, ''), {id})"
    admin = "''" if plan.admin is None else f"coalesce(left(t.{name(plan.admin.name)}::text, 64), '')"
    told = {
        "name": f"left({named}, {length})", "kind": text(place.kind), "time_zone": text(place.time_zone),
        "external_admin_id": admin, "created_at": "now()",
    }  # fmt: skip
    rest = [field for field in Negocio._meta.concrete_fields if field.column not in {"id", "code", *told}]
    return told | {str(field.column): _default(field) for field in rest}


def _default(field: "models.Field[Any, Any]") -> str:
    value = None if field.null else field.get_default()
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{{}}'::{'jsonb' if isinstance(value, dict) else 'text[]'}" if value in ([], {}) else text(str(value))
