"""Taking changes as a function: the locks and what is read under them in one round trip."""

from django.db import migrations

# Each statement has a snapshot of its own: the second sees what another worker, who held the lock until now, has done
# with. What waits is found by index, however few rows PostgreSQL thinks that there are.
TAKE = """
CREATE FUNCTION take_changes(negocio_ids bigint[], space integer, idle text, most integer)
RETURNS TABLE (
  id bigint, negocio_id bigint, source varchar, operation varchar, row_count bigint, rows text, created_at timestamptz,
  code varchar, kind varchar, name varchar, time_zone varchar, attachment_id bigint, firings text
) LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $body$
#variable_conflict use_column
DECLARE
  ours bigint[];
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM set_config('idle_in_transaction_session_timeout', idle, true);
  ours := ARRAY(SELECT one FROM unnest(negocio_ids) AS one WHERE pg_try_advisory_xact_lock(space, hashint8(one)));
  RETURN QUERY SELECT change.id, change.negocio_id, change.source, change.operation, change.row_count,
    change.rows::text, change.created_at,
    negocio.code, negocio.kind, negocio.name, negocio.time_zone, attached.attachment_id, told.firings
  FROM changes AS change LEFT JOIN dashboards_negocio AS negocio ON negocio.id = change.negocio_id
    LEFT JOIN dashboards_attachednegocio AS attached USING (negocio_id)
    LEFT JOIN (
      SELECT negocio_id, json_agg(json_build_array(rule, condition, day))::text AS firings
      FROM alert_firings WHERE negocio_id = ANY(ours) GROUP BY negocio_id
    ) AS told USING (negocio_id)
  WHERE change.negocio_id = ANY(ours) ORDER BY change.id LIMIT most;
END
$body$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0003_attendees"),
        ("dashboards", "0006_watch_users"),
        ("notifications", "0006_journal_functions"),
    ]

    operations = [migrations.RunSQL(TAKE, "DROP FUNCTION take_changes(bigint[], integer, text, integer)")]
