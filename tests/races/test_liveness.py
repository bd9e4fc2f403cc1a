"""Would a database server that vanished without a word be noticed? Every connection has time limits."""

import pytest
from django.conf import settings
from django.db import connection

from realtime.database import address

pytestmark = pytest.mark.django_db


def test_connections_of_the_orm_have_time_limits() -> None:
    connection.ensure_connection()
    parameters = connection.connection.info.get_parameters()
    assert {name: parameters[name] for name in settings.LIVENESS} == {
        name: str(limit) for name, limit in settings.LIVENESS.items()
    }


def test_the_connection_that_listens_has_them_too() -> None:
    assert settings.LIVENESS.items() <= address().items()
