from django.db import migrations

from dashboards.triggers import WatchTable


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0001_initial"), ("dashboards", "0001_initial")]

    operations = [
        WatchTable(
            "order", states=("external_id", "order_date", "status", "total_amount", "delivery_type", "client_id")
        ),
        WatchTable("productorder", states=("order_id", "product_id")),
        WatchTable(
            "product",
            states=(
                "external_id", "seller_id", "inventory_id", "category_id", "sub_category_id", "name", "description",
                "price", "stock", "status", "image_url",
            ),
        ),
        WatchTable("seller"),
        WatchTable("client"),
        WatchTable("message"),
    ]  # fmt: skip
