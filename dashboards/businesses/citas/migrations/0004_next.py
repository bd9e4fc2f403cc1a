from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("citas", "0003_rollup"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="cita",
            index=models.Index(
                condition=models.Q(("estado__in", ["pendiente", "confirmada", "en_atencion"])),
                fields=["negocio", "fecha", "hora_inicio", "id"],
                name="citas_next",
            ),
        ),
    ]
