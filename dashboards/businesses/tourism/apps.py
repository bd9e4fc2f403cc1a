"""How does Django know the tour operators?"""

from django.apps import AppConfig


class TourismConfig(AppConfig):
    name = "dashboards.businesses.tourism"
    label = "tourism"
    verbose_name = "Turismo"
    default_auto_field = "django.db.models.BigAutoField"
