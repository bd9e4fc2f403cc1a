from django.db import migrations

from dashboards.triggers import WatchTable


class Migration(migrations.Migration):
    dependencies = [("tourism", "0001_initial"), ("dashboards", "0001_initial")]

    operations = [
        WatchTable("usuario", states=("external_id", "nombre", "email", "rol")),
        WatchTable("destino", states=("external_id", "nombre", "pais", "estado")),
        WatchTable("guia", states=("external_id", "nombre", "especialidad", "idiomas")),
        WatchTable("tour", states=("external_id", "nombre", "destino_id", "precio")),
        WatchTable("servicio", states=("external_id", "nombre", "tipo", "precio")),
        WatchTable("reserva", states=("external_id", "tour_id", "usuario_id", "fecha", "personas", "monto", "estado")),
        WatchTable("contratacion", states=("external_id", "servicio_id", "usuario_id", "precio")),
        WatchTable(
            "recomendacion", states=("external_id", "titulo", "usuario_id", "calificacion", "tipo", "referencia")
        ),
    ]
