"""How does Django know the repair shops?"""

from django.apps import AppConfig


class RepairsConfig(AppConfig):
    name = "dashboards.businesses.repairs"
    label = "repairs"
    verbose_name = "Taller de reparación"
    default_auto_field = "django.db.models.BigAutoField"
