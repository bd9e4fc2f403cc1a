from decimal import Decimal

import django.db.models.functions.comparison
from django.db import migrations, models

import dashboards.rollups.declaring
import dashboards.rollups.levels


class Migration(migrations.Migration):
    dependencies = [
        ("repairs", "0002_watch"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="person",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={
                    "role": dashboards.rollups.levels.Level(
                        number=django.db.models.functions.comparison.Cast("active", models.IntegerField()), word="role"
                    )
                },
                name="repairs_person_tally",
            ),
        ),
        migrations.AddConstraint(
            model_name="repairorder",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={
                    "client": dashboards.rollups.levels.Level(
                        amount=models.Case(
                            models.When(status="DELIVERED", then="final_cost"), default=models.Value(Decimal("0"))
                        ),
                        number="client_id",
                        where=models.Q(("client__isnull", False)),
                    ),
                    "status": dashboards.rollups.levels.Level(amount="final_cost", word="status"),
                },
                name="repairs_order_tally",
            ),
        ),
    ]
