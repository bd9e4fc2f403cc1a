"""How is a web process started? `manage.py serve`: uvicorn with finished frames, and without settings a whole Pulso."""

import contextlib
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from realtime.demo import is_loopback, open_demo
from realtime.embedded.base import own_database, release_database
from realtime.embedded.errors import EmbeddedError
from realtime.embedded.serving import ServeLock
from realtime.server.errors import ServerError
from realtime.server.runner import run

# Our statements need not NOTIFY: this process rings its own worker.
QUIET_TRIGGERS = " -c pulso.doorbell=layer"


class Command(BaseCommand):
    help = "Serve HTTP and WebSockets. Without DATABASE_URL or DB_HOST with a PostgreSQL of its own and a demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="address to bind (%(default)s)")
        parser.add_argument(
            "--port", type=int, action="append", help=f"port; may be repeated ({settings.PORT}, from PORT or WS_PORT)"
        )
        parser.add_argument("--log-level", default=settings.LOG_LEVEL, help="(%(default)s, from LOG_LEVEL)")
        parser.add_argument("--access-log", action="store_true", help="a log line for each request")
        parser.add_argument("--migrate", action="store_true", help="migrate first (always done when embedded)")

    def handle(self, *args: Any, **options: Any) -> None:
        ports = options["port"] or [settings.PORT]
        if settings.EMBEDDED and settings.PULSO_DEMO and is_loopback(options["host"]):
            open_demo()
        try:
            with self._database(ports, migrate=options["migrate"]):
                status = self._serve(options["host"], ports, options["log_level"], options["access_log"])
        except (EmbeddedError, ServerError) as error:
            raise CommandError(str(error)) from None
        if status:
            sys.exit(status)

    @contextlib.contextmanager
    def _database(self, ports: list[int], migrate: bool) -> Iterator[None]:
        """The database ready to serve from; the embedded one is ours alone and stops with us."""
        if settings.SINGLE_PROCESS:
            connections.settings["default"]["OPTIONS"]["options"] += QUIET_TRIGGERS
        if not settings.EMBEDDED:
            if migrate:
                call_command("migrate", interactive=False, verbosity=1)
            yield
            return
        with ServeLock(settings.PULSO_DATA_DIR, f"http://localhost:{ports[0]}"):
            self.stdout.write("Starting PostgreSQL …")
            try:
                own_database()
                call_command("migrate", interactive=False, verbosity=0)
                if settings.PULSO_DEMO:
                    call_command("load_demo", verbosity=0)
                yield
            finally:
                release_database()

    def _serve(self, host: str, ports: list[int], log_level: str, access_log: bool) -> int:
        from realtime.asgi import application  # loads the whole application: not needed to show --help
        from realtime.node import node

        return run(
            application,
            host=host,
            ports=ports,
            log_level=log_level,
            access_log=access_log,
            ping_period=settings.PING_PERIOD,
            pong_wait=settings.PONG_WAIT,
            write_wait=settings.WRITE_WAIT,
            trusted_proxies=settings.TRUSTED_PROXIES,
            on_started=lambda bound: self._welcome(host, bound),
            on_stopping=lambda: node().send_away(),
        )

    def _welcome(self, host: str, ports: list[int]) -> None:
        name = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host
        self.stdout.write(f"\nPulso {settings.VERSION}: http://{name}:{ports[0]}  (Ctrl-C stops it)")
        if settings.EMBEDDED and settings.PULSO_DEMO:
            call_command("load_demo", "--tell", stdout=self.stdout)
        self.stdout.flush()
