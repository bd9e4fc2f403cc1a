"""Does a process notice that its database was restored, however short it was away and whatever was asked meanwhile?"""

from contextlib import suppress

import pytest
from django.db import OperationalError, connection

from realtime.updates import read_epoch

pytestmark = pytest.mark.django_db(transaction=True)


def test_another_database_has_another_epoch_once_its_connections_were_ended() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # no other connection stays, of whoever was here before
    before = read_epoch()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM installation")
        cursor.execute("INSERT INTO installation (name) VALUES (gen_random_uuid())")
    assert read_epoch() == before, "one question a connection"
    with suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    assert read_epoch() != before
