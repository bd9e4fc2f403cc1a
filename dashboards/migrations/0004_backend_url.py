from django.db import migrations, models

import dashboards.models.negocio


class Migration(migrations.Migration):
    dependencies = [("dashboards", "0003_attachment")]

    operations = [
        migrations.AddField(
            model_name="negocio",
            name="backend_url",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Decide quién entra en qué sala de una tienda; vacío: lo dicen los tokens.",
                max_length=500,
                validators=[dashboards.models.negocio.check_backend_url],
                verbose_name="URL del servidor propio",
            ),
        ),
    ]
