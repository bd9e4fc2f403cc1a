"""A Django program on the embedded backend; run as a script with a folder and what to do."""

import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from realtime.embedded.base import own_database, release_database

OPTIONS = {"pool": {"min_size": 1, "max_size": 4}}


def fetch(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def idle() -> None:
    print("idle")


def connects() -> None:
    print(fetch("SELECT current_database()"))
    release_database()
    print(fetch("SELECT current_database()"))


def waits() -> None:
    own_database()
    print(fetch("SELECT 1"), flush=True)
    time.sleep(300)


def makes_test_database() -> None:
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    print(fetch("SELECT current_database()"))
    connection.creation.destroy_test_db("pulso", verbosity=0)


def opens_psql() -> None:
    call_command("dbshell", "--", "-Atc", "SELECT 6 * 7")


ACTIONS = {action.__name__: action for action in (idle, connects, waits, makes_test_database, opens_psql)}

if __name__ == "__main__":
    folder, action = sys.argv[1:]
    settings.configure(
        DATABASES={"default": {"ENGINE": "realtime.embedded", "NAME": "pulso", "OPTIONS": OPTIONS}},
        PULSO_DATA_DIR=Path(folder),
        USE_TZ=True,
    )
    django.setup()
    ACTIONS[action]()
