"""A database for each module, with nothing attached at the start of a test."""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.models import Negocio
from tests.acceptance.databases import django_uses, fresh_database
from tests.attach.database import Team, detach_all, migrate


@pytest.fixture(scope="module")
def database(django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock(), fresh_database() as name, django_uses(name):
        migrate()
        yield name


@pytest.fixture
def team(database: str) -> Iterator[Team]:
    """Its schema `public` is empty again afterwards."""
    team = Team(database)
    with team.connection:
        yield team
        detach_all()
        Negocio.objects.all().delete()
        team.execute("DROP SCHEMA public CASCADE")
        team.execute("CREATE SCHEMA public")
