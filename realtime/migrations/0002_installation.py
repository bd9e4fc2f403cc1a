"""The row that names this database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("realtime", "0001_initial")]

    operations = [
        migrations.RunSQL("INSERT INTO installation (name) VALUES (gen_random_uuid())", "DELETE FROM installation"),
    ]
