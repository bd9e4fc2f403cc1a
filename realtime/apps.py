"""How does Django know the realtime package?"""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"
    verbose_name = "Tiempo real"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from realtime import checks  # noqa: F401 - models can be imported only now
        from realtime.authentication import attempts
        from realtime.changes import doorbell

        attempts.connect()
        doorbell.connect()
