from django.db import migrations

from dashboards.triggers import WatchTable


class Migration(migrations.Migration):
    dependencies = [("parking", "0001_initial"), ("dashboards", "0001_initial")]

    operations = [
        WatchTable("espacio", states=("external_id", "numero", "estado")),
        WatchTable("seccion"),
        WatchTable("cliente"),
        WatchTable("vehiculo"),
        WatchTable("ticket", states=("external_id", "espacio_id", "vehiculo_id", "fecha_ingreso", "fecha_salida")),
        WatchTable("pago", states=("ticket_id", "metodo", "monto", "fecha_pago")),
        WatchTable("reserva", states=("estado",)),
    ]
