"""Negocios whose figures come from their team's own API."""

from django.db import migrations, models

from dashboards.models.negocio import check_backend_url


class Migration(migrations.Migration):
    dependencies = [("dashboards", "0004_backend_url")]

    operations = [
        migrations.AddField(
            "negocio",
            "rest_api_url",
            models.CharField(
                blank=True, db_default="", default="", max_length=500, validators=[check_backend_url],
                verbose_name="URL de su API REST",
                help_text="De ahí vienen las cifras de un taller; vacío: de las filas guardadas aquí.",
            ),
        ),
        migrations.AddField(
            "negocio",
            "rest_api_token",
            models.CharField(
                blank=True, db_default="", default="", max_length=2000, verbose_name="token para su API REST"
            ),
        ),
    ]  # fmt: skip
