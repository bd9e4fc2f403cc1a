from django.db import migrations, models

import dashboards.rollups.declaring
import dashboards.rollups.levels


class Migration(migrations.Migration):
    dependencies = [
        ("parking", "0003_ticket_vence"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="pago",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={
                    "quarter": dashboards.rollups.levels.Level(
                        amount="monto", moment=dashboards.rollups.levels.Quarter(models.F("fecha_pago"))
                    ),
                    "utc_day": dashboards.rollups.levels.Level(
                        amount="monto", day=dashboards.rollups.levels.UtcDay(models.F("fecha_pago"))
                    ),
                },
                name="parking_pago_tally",
            ),
        ),
    ]
