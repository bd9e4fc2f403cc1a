from django.db import migrations, models

import dashboards.rollups.declaring
import dashboards.rollups.levels


class Migration(migrations.Migration):
    dependencies = [
        ("tourism", "0002_watch"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="contratacion",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={
                    "quarter": dashboards.rollups.levels.Level(
                        amount="precio", moment=dashboards.rollups.levels.Quarter(models.F("creada_en"))
                    ),
                    "utc_day": dashboards.rollups.levels.Level(
                        amount="precio", day=dashboards.rollups.levels.UtcDay(models.F("creada_en"))
                    ),
                },
                name="tourism_contratacion_tally",
            ),
        ),
        migrations.AddConstraint(
            model_name="recomendacion",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={"estrellas": dashboards.rollups.levels.Level(number="calificacion")},
                name="tourism_recomendacion_tally",
            ),
        ),
        migrations.AddConstraint(
            model_name="reserva",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={
                    "fecha": dashboards.rollups.levels.Level(
                        amount="personas", day="fecha", where=models.Q(("estado", "cancelada"), _negated=True)
                    ),
                    "quarter": dashboards.rollups.levels.Level(
                        amount="monto", moment=dashboards.rollups.levels.Quarter(models.F("creada_en")), word="estado"
                    ),
                    "tour": dashboards.rollups.levels.Level(amount="monto", number="tour_id", word="estado"),
                    "utc_day": dashboards.rollups.levels.Level(
                        amount="monto", day=dashboards.rollups.levels.UtcDay(models.F("creada_en")), word="estado"
                    ),
                },
                name="tourism_reserva_tally",
            ),
        ),
    ]
