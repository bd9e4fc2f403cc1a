"""How does somebody get a token to try Pulso with? `manage.py token --user U --role R --negocio CODE`."""

import time
from argparse import ArgumentParser
from typing import Any

import jwt
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dashboards.models import Negocio


class Command(BaseCommand):
    help = "Print a JWT signed with the platform's key (JWT_SECRET)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="the user id")
        parser.add_argument("--role", required=True, help="cliente, negocio, Admin, Technician, seller, …")
        parser.add_argument("--negocio", required=True, metavar="CODE", help="the negocio that it holds")
        parser.add_argument("--seller", help="seller id (marketplace)")
        parser.add_argument("--ttl", type=int, default=3600, help="seconds (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not Negocio.objects.filter(code=options["negocio"], active=True).exists():
            raise CommandError(f"--negocio: there is no active negocio {options['negocio']!r}")
        if options["ttl"] <= 0:
            raise CommandError(f"--ttl: {options['ttl']} is not a positive number of seconds")
        now = int(time.time())
        claims = {
            "id": options["user"], "role": options["role"], "negocio_id": options["negocio"],
            "iat": now, "exp": now + options["ttl"],
        }  # fmt: skip
        if options["seller"]:
            claims["seller_id"] = options["seller"]
        meant = {"iss": settings.JWT_ISSUER, "aud": settings.JWT_AUDIENCE}
        claims |= {claim: value for claim, value in meant.items() if value}
        self.stdout.write(jwt.encode(claims, settings.JWT_SECRET, "HS256"))
