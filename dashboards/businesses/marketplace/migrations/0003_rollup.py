from django.db import migrations, models

import dashboards.rollups.declaring
import dashboards.rollups.levels


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0002_watch"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="order",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={
                    "quarter": dashboards.rollups.levels.Level(
                        amount="total_amount",
                        moment=dashboards.rollups.levels.Quarter(models.F("order_date")),
                        word="status",
                    ),
                    "status": dashboards.rollups.levels.Level(amount="total_amount", word="status"),
                    "utc_day": dashboards.rollups.levels.Level(
                        amount="total_amount",
                        day=dashboards.rollups.levels.UtcDay(models.F("order_date")),
                        word="status",
                    ),
                },
                name="marketplace_order_tally",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={"status": dashboards.rollups.levels.Level(word="status")}, name="marketplace_product_tally"
            ),
        ),
        migrations.AddConstraint(
            model_name="seller",
            constraint=dashboards.rollups.declaring.RollUp(
                levels={"all": dashboards.rollups.levels.Level()}, name="marketplace_seller_tally"
            ),
        ),
    ]
