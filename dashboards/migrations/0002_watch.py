"""Changes of negocios, keys and memberships are seen like any other, so that every process drops what it cached."""

from django.db import migrations

from dashboards.triggers import WatchTable


class Migration(migrations.Migration):
    dependencies = [("dashboards", "0001_initial")]

    operations = [
        WatchTable("negocio", negocio="id"),
        WatchTable("negociokey"),
        WatchTable("membership"),
    ]
