"""How does Django know the dashboards package?"""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from dashboards.schema import create_schema


class DashboardsConfig(AppConfig):
    name = "dashboards"
    verbose_name = "Negocios"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # It reads models, which are there only now.
        from dashboards.attach import migrating

        pre_migrate.connect(create_schema, dispatch_uid="pulso.schema")
        pre_migrate.connect(migrating.hide, sender=self, dispatch_uid="pulso.attached.hide")
        post_migrate.connect(migrating.show, sender=self, dispatch_uid="pulso.attached.show")
