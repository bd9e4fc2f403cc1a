from django.db import migrations
from django.db.models.functions import ExtractHour

from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level


class Migration(migrations.Migration):
    dependencies = [("citas", "0002_watch")]

    operations = [
        migrations.AddConstraint(
            "cita",
            RollUp(
                name="citas_tally",
                levels={
                    "estado": Level(word="estado"),
                    "dia": Level(day="fecha", word="estado", number=ExtractHour("hora_inicio")),
                },
            ),
        )
    ]
