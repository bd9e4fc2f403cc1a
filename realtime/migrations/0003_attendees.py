"""Who is present in a room."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0002_installation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attendee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("process_id", models.CharField(max_length=64)),
                ("negocio_id", models.BigIntegerField()),
                ("topic", models.CharField(max_length=200)),
                ("user_id", models.CharField(max_length=200)),
                ("sockets", models.IntegerField()),
                ("left_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "attendees",
                "indexes": [models.Index(fields=["negocio_id", "topic"], name="attendees_by_room")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("process_id", "negocio_id", "topic", "user_id"), name="one_seat_per_user"
                    )
                ],
            },
        ),
    ]
