"""How does Django know the dashboards package?"""

from django.apps import AppConfig
from django.db.models.signals import pre_migrate

from dashboards.schema import create_schema


class DashboardsConfig(AppConfig):
    name = "dashboards"
    verbose_name = "Negocios"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        pre_migrate.connect(create_schema, dispatch_uid="pulso.schema")
