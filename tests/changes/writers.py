"""How does a test write to the database as another program would?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def another_program(options: str = "") -> Iterator["psycopg.Connection[Any]"]:
    """A connection to the tests' database that knows nothing of Django, nor of our schema or settings."""
    settings = connection.settings_dict
    address = {
        "host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"],
        "password": settings["PASSWORD"], "dbname": settings["NAME"],
    }  # fmt: skip
    known = {name: value for name, value in address.items() if value}
    with psycopg.connect(**known, options=options, autocommit=True) as other:
        yield other
