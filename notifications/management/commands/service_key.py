"""How does another service get its key? `manage.py service_key --negocio CODE`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboards.models import Negocio
from notifications.service_keys import new_key


class Command(BaseCommand):
    help = "Make a key with which a service notifies for one negocio, and print it: it can't be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--negocio", required=True, metavar="CODE", help="the negocio that it speaks for")
        parser.add_argument("--name", default="servicio", help="what the key is for (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        negocio = Negocio.objects.filter(code=options["negocio"], active=True).first()
        if negocio is None:
            raise CommandError(f"--negocio: there is no active negocio {options['negocio']!r}")
        self.stdout.write(new_key(negocio, options["name"]))
