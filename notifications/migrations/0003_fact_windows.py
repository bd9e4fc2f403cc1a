"""Facts with windows of their own, and events that say when they were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_service_key")]

    operations = [
        migrations.RenameField("fact", "at", "expires_at"),
        migrations.AlterField(
            "fact",
            "expires_at",
            models.DateTimeField(db_index=True, help_text="told after this, it is another fact"),
        ),
        migrations.RunSQL(
            "UPDATE facts SET expires_at = expires_at + interval '60 s'",
            "UPDATE facts SET expires_at = expires_at - interval '60 s'",
        ),
        migrations.AddField(
            "fact",
            "balance",
            models.IntegerField(default=0, help_text="how much oftener a row told it than a POST; of what can recur"),
        ),
        migrations.AddField(
            "event", "said_at", models.DateTimeField(null=True, verbose_name="cuándo, según quien avisa")
        ),
    ]
