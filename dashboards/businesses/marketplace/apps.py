"""How does Django know the marketplaces?"""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "dashboards.businesses.marketplace"
    label = "marketplace"
    verbose_name = "Tienda en línea"
    default_auto_field = "django.db.models.BigAutoField"
