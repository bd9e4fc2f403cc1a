import django.db.models.deletion
from django.db import migrations, models

from dashboards.triggers import WatchTable


class Migration(migrations.Migration):
    initial = True
    dependencies = [("dashboards", "0002_watch")]

    operations = [
        migrations.CreateModel(
            name="Horneada",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pan", models.CharField(max_length=80, verbose_name="pan")),
                ("piezas", models.PositiveIntegerField(verbose_name="piezas")),
                ("precio", models.DecimalField(decimal_places=2, default=0, max_digits=8, verbose_name="precio")),
                (
                    "negocio",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dashboards.negocio",
                        verbose_name="negocio",
                    ),
                ),
            ],
            options={"verbose_name": "horneada", "verbose_name_plural": "horneadas"},
        ),
        WatchTable("horneada", states=("pan", "piezas")),
    ]
