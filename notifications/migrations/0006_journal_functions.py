"""Storing and numbering as functions: one round trip, and a session plans it once, behind a pooler too."""

from django.db import migrations

STORE = """
CREATE FUNCTION store_events(told json) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  -- A JSON null has no value as a column of a record.
  INSERT INTO events (negocio_id, topic, type, message, data, at, said_at, telling)
  SELECT negocio_id, topic, type, message, coalesce(data, 'null'), clock_timestamp(), said_at, telling
  FROM json_to_recordset(told) AS event (
    negocio_id bigint, topic text, type text, message text, data jsonb, said_at timestamptz, telling uuid
  );
END
$body$
"""

COLUMNS = """
  id bigint, negocio_id bigint, topic varchar, seq bigint, type varchar, message text, data text, at timestamptz,
  telling uuid
"""
RETURNED = """
  events.id, events.negocio_id, events.topic, events.seq, events.type, events.message, events.data::text,
  coalesce(events.said_at, events.at), events.telling
"""
# A plan that was made for an empty table would be used on a large one until that is analyzed: what waits is found by
# index, however few rows PostgreSQL thinks that there are.
SETTINGS = "SET enable_seqscan = off SET plan_cache_mode = force_generic_plan"

# Each statement has a snapshot of its own: they see what another process numbered before it let go of the lock.
NUMBER = f"""
CREATE FUNCTION number_events(lock bigint, most integer) RETURNS TABLE ({COLUMNS}) LANGUAGE plpgsql
{SETTINGS} SET lock_timeout = '2s' AS $body$
#variable_conflict use_column
DECLARE
  ids bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock(lock);
  ids := ARRAY(SELECT id FROM events WHERE seq IS NULL ORDER BY id LIMIT most);
  IF cardinality(ids) = 0 THEN
    RETURN;
  END IF;
  INSERT INTO room_heads AS head (negocio_id, topic, seq)
  SELECT negocio_id, topic, count(*) FROM events WHERE id = ANY(ids) GROUP BY negocio_id, topic
  ON CONFLICT (negocio_id, topic) DO UPDATE SET seq = head.seq + excluded.seq;
  RETURN QUERY UPDATE events SET seq = head.seq - waiting.after
  FROM (
    SELECT id, negocio_id, topic, row_number() OVER (PARTITION BY negocio_id, topic ORDER BY id DESC) - 1 AS after
    FROM events WHERE id = ANY(ids)
  ) AS waiting JOIN room_heads AS head USING (negocio_id, topic)
  WHERE events.id = waiting.id
  RETURNING {RETURNED};
END
$body$
"""

# Numbers what it stores, after whatever waits, unless somebody else is at it, who isn't waited for.
TELL = f"""
CREATE FUNCTION tell_events(told json, lock bigint, most integer) RETURNS TABLE ({COLUMNS}) LANGUAGE plpgsql
{SETTINGS} AS $body$
#variable_conflict use_column
BEGIN
  IF NOT pg_try_advisory_xact_lock(lock) THEN
    PERFORM store_events(told);
  ELSIF EXISTS (SELECT FROM events WHERE seq IS NULL) THEN
    PERFORM store_events(told);
    RETURN QUERY SELECT * FROM number_events(lock, most);
  ELSE
    RETURN QUERY WITH event AS MATERIALIZED (
      SELECT *, row_number() OVER (PARTITION BY negocio_id, topic ORDER BY place DESC) - 1 AS after
      FROM ROWS FROM (json_to_recordset(told) AS (
        negocio_id bigint, topic text, type text, message text, data jsonb, said_at timestamptz, telling uuid
      )) WITH ORDINALITY AS row (negocio_id, topic, type, message, data, said_at, telling, place)
    ), head AS (
      INSERT INTO room_heads AS head (negocio_id, topic, seq)
      SELECT negocio_id, topic, count(*) FROM event GROUP BY negocio_id, topic
      ON CONFLICT (negocio_id, topic) DO UPDATE SET seq = head.seq + excluded.seq RETURNING negocio_id, topic, seq
    )
    INSERT INTO events (negocio_id, topic, seq, type, message, data, at, said_at, telling)
    SELECT negocio_id, topic, head.seq - after, type, message, coalesce(data, 'null'), clock_timestamp(), said_at,
      telling
    FROM event JOIN head USING (negocio_id, topic) ORDER BY place
    RETURNING {RETURNED};
  END IF;
END
$body$
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_telling")]

    operations = [
        migrations.RunSQL(STORE, "DROP FUNCTION store_events(json)"),
        migrations.RunSQL(NUMBER, "DROP FUNCTION number_events(bigint, integer)"),
        migrations.RunSQL(TELL, "DROP FUNCTION tell_events(json, bigint, integer)"),
    ]
