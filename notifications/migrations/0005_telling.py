from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_alerts")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="telling",
            field=models.UUIDField(help_text="the same in each of its topics, where it has several", null=True),
        ),
    ]
