"""How does Django know the kind bakery?"""

from django.apps import AppConfig


class BakeryConfig(AppConfig):
    name = "dashboards.businesses.bakery"
    label = "bakery"
    verbose_name = "Panadería"
    default_auto_field = "django.db.models.BigAutoField"
