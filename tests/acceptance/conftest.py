"""What do acceptance tests share? A cluster on a database of its own, which the ORM of the test uses too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cluster import Cluster
from tests.acceptance.databases import django_uses, fresh_database


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Cluster]:
    """A migrated database without processes yet; one for each test module."""
    folder: Path = tmp_path_factory.mktemp("cluster")
    with django_db_blocker.unblock(), fresh_database() as name, django_uses(name), Cluster(name, folder) as cluster:
        yield cluster
