from django.db import migrations

from dashboards.triggers import WatchTable


class Migration(migrations.Migration):
    dependencies = [("citas", "0001_initial"), ("dashboards", "0001_initial")]

    operations = [
        WatchTable("cita", states=("estado", "fecha")),
        WatchTable("servicio"),
        WatchTable("estacion"),
    ]
