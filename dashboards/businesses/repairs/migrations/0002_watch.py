from django.db import migrations

from dashboards.triggers import WatchTable


class Migration(migrations.Migration):
    dependencies = [("repairs", "0001_initial"), ("dashboards", "0001_initial")]

    operations = [
        WatchTable("repairorder", states=("status",)),
        WatchTable("person", states=("role", "active")),
        WatchTable("equipment"),
        WatchTable("service"),
        WatchTable("repairorderdetail"),
    ]
