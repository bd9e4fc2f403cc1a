"""Where roll-ups are kept: one table to read, with a part for each table whose rows are tallied."""

from django.db import migrations, models

# No identity column: before PostgreSQL 17 the parts wouldn't have it.
INSTALL = """
CREATE SEQUENCE dashboards_tally_id_seq CACHE 20;
CREATE TABLE dashboards_tally (
  id bigint NOT NULL DEFAULT nextval('dashboards_tally_id_seq'),
  source text NOT NULL,
  level text NOT NULL,
  negocio_id bigint NOT NULL,
  day date NOT NULL,
  moment timestamptz NOT NULL,
  word text NOT NULL,
  number bigint NOT NULL,
  how_many bigint NOT NULL,
  how_much numeric NOT NULL,
  folded boolean NOT NULL DEFAULT false
) PARTITION BY LIST (source);
CREATE INDEX dashboards_tally_keys ON dashboards_tally (negocio_id, level, day, moment, word, number)
  INCLUDE (how_many, how_much);
CREATE INDEX dashboards_tally_unfolded ON dashboards_tally (id) WHERE NOT folded;
"""
REMOVE = "DROP TABLE dashboards_tally; DROP SEQUENCE dashboards_tally_id_seq"


class Migration(migrations.Migration):
    dependencies = [("dashboards", "0006_watch_users")]

    operations = [
        migrations.RunSQL(INSTALL, REMOVE),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField()),
                ("level", models.TextField()),
                ("day", models.DateField()),
                ("moment", models.DateTimeField()),
                ("word", models.TextField()),
                ("number", models.BigIntegerField()),
                ("how_many", models.BigIntegerField()),
                ("how_much", models.DecimalField(decimal_places=6, max_digits=40)),
                ("folded", models.BooleanField(default=False)),
            ],
            options={"db_table": "dashboards_tally", "managed": False},
        ),
    ]
