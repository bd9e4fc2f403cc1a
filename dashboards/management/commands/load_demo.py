"""What does a newcomer see? A believable negocio of each kind, and people to log in as."""

from argparse import ArgumentParser
from random import Random
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from dashboards.kinds import Kind, kinds
from dashboards.models import Membership, Negocio

# Known to everybody, so for a demo on one's own machine only.
PASSWORD = "pulso-demo"
PLATFORM_ADMIN = "admin"


class Command(BaseCommand):
    help = "Load the demo negocios and their users, where they are missing; --tell says how to log in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tell", action="store_true", help="only say what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tell"]:
            self._tell()
            return
        with transaction.atomic():
            self._user(PLATFORM_ADMIN, is_superuser=True)
            for kind in kinds().values():
                if kind.demo is not None:
                    self._load(kind)

    def _load(self, kind: Kind) -> None:
        assert kind.demo is not None
        negocio, created = Negocio.objects.get_or_create(
            code=kind.demo.code,
            defaults={"name": kind.demo.name, "kind": kind.name, "time_zone": kind.demo.time_zone},
        )
        if created:
            kind.demo.seed(negocio, Random(kind.demo.code))
        user = self._user(kind.name, is_superuser=False)
        Membership.objects.get_or_create(negocio=negocio, user=user, defaults={"role": Membership.Role.ADMIN})

    def _user(self, name: str, is_superuser: bool) -> Any:
        users = get_user_model().objects
        user, created = users.get_or_create(username=name, defaults={"is_staff": True, "is_superuser": is_superuser})
        if created:
            user.set_password(PASSWORD)
            user.save()
        return user

    def _tell(self) -> None:
        demos = [kind for kind in kinds().values() if kind.demo is not None]
        self.stdout.write(f"  Usuarios (contraseña «{PASSWORD}»):")
        self.stdout.write(f"    {PLATFORM_ADMIN:<10} ve todo; los datos están en /admin/")
        for kind in demos:
            assert kind.demo is not None
            self.stdout.write(f"    {kind.name:<10} {kind.demo.name} ({kind.label}): /{kind.demo.code}/")
