"""How does Django know the notifications package?"""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Avisos"

    def ready(self) -> None:
        from notifications import logins, service_keys  # models can be imported only now

        logins.connect()
        service_keys.connect()
