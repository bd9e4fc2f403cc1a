"""How soon is a pool of connections good again when PostgreSQL has ended all of them?"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from tests.acceptance.databases import django_uses, fresh_database, url_of

OPEN = 6
# A connect takes milliseconds, and who found a broken one looks again after a second.
GOOD_WITHIN = 3.0


@pytest.fixture
def database(django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock(), fresh_database() as name, django_uses(name):
        yield name


def ask(meeting: Barrier | None = None) -> None:
    """A question on a connection of the pool; at a meeting, others hold theirs meanwhile."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if meeting is not None:
            meeting.wait()
    finally:
        connections.close_all()


def test_one_broken_connection_condemns_all_that_wait(database: str) -> None:
    meeting = Barrier(OPEN)
    with ThreadPoolExecutor(OPEN) as threads:
        list(threads.map(ask, [meeting] * OPEN))
    with psycopg.connect(url_of("postgres"), autocommit=True) as admin:
        # Each is waited for: one that is asked while it ends fails whoever asks, checked or not.
        ended = admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [database]
        )
        assert ended.rowcount >= OPEN
    started = time.monotonic()
    ask()
    assert time.monotonic() - started < GOOD_WITHIN
