"""What do all tests share?"""

import os
from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings

from notifications.alerts.rules import book
from realtime.tenancy import tenancy
from tests.acceptance.databases import migrated_database

# A busy machine is no fault of the code's.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")
# Tests that run side by side have one Redis, and must not hear each other.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    settings.LAYER_PREFIX += f".{worker}"
    settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = settings.LAYER_PREFIX


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """This process's database is a copy too, which only looks whether it lacks a migration."""
    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = migrated_database()


@pytest.fixture(autouse=True)
def fresh_tenancy() -> Iterator[None]:
    """No negocio of another test is remembered."""
    tenancy.forget()
    yield
    tenancy.forget()


@pytest.fixture(autouse=True)
def fresh_rules() -> None:
    """No alert rule of another test is remembered."""
    book.forget()
