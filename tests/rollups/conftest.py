"""A database of its own for tests that need real commits."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.databases import django_uses, fresh_database


@pytest.fixture(scope="module")
def committed(django_db_blocker: Any) -> Iterator[None]:
    """A migrated database in which what is written is committed; the ORM uses it meanwhile."""
    with django_db_blocker.unblock(), fresh_database() as name, django_uses(name):
        yield
