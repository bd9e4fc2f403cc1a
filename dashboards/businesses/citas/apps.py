"""How does Django know the kind citas?"""

from django.apps import AppConfig


class CitasConfig(AppConfig):
    name = "dashboards.businesses.citas"
    label = "citas"
    verbose_name = "Fila virtual y citas"
    default_auto_field = "django.db.models.BigAutoField"
