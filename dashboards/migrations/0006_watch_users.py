"""Who is switched off in auth_user, or is made or unmade a superuser, has other rights: seen whoever writes it."""

from django.conf import settings
from django.db import migrations

from dashboards.triggers import DOORBELL_CHANNEL

# A user belongs to no negocio: the change is noted for those whose member it is, and for one more, since a superuser
# belongs to all. What is noted says only that rights have to be read anew.
INSTALL = f"""
CREATE FUNCTION note_user_rights() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO changes (negocio_id, source, operation, row_count, created_at)
  SELECT negocio_id, 'dashboards_membership', 'update', 0, clock_timestamp()
  FROM (
    SELECT negocio_id FROM dashboards_membership WHERE user_id = NEW.id
    UNION SELECT min(id) FROM dashboards_negocio HAVING min(id) IS NOT NULL
  ) AS concerned;
  IF FOUND AND current_setting('pulso.doorbell', true) IS DISTINCT FROM 'layer' THEN
    PERFORM pg_notify('{DOORBELL_CHANNEL}', '');
  END IF;
  RETURN NULL;
END $body$;
CREATE TRIGGER pulso_rights AFTER UPDATE ON auth_user FOR EACH ROW
WHEN ((OLD.is_active, OLD.is_superuser) IS DISTINCT FROM (NEW.is_active, NEW.is_superuser))
EXECUTE FUNCTION note_user_rights();
"""
REMOVE = "DROP TRIGGER pulso_rights ON auth_user; DROP FUNCTION note_user_rights()"


class Migration(migrations.Migration):
    dependencies = [
        ("dashboards", "0005_rest_api"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunSQL(INSTALL, REMOVE)]
