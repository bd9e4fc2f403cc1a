"""How does Django know the parking lots?"""

from django.apps import AppConfig


class ParkingConfig(AppConfig):
    name = "dashboards.businesses.parking"
    label = "parking"
    verbose_name = "Parqueadero"
    default_auto_field = "django.db.models.BigAutoField"
