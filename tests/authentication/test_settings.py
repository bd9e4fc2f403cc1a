"""Does Pulso start with no environment at all, and with that of every old deployment?

In a copy of the project, since the first start without SECRET_KEY keeps one.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PARTS = ("realtime", "dashboards", "notifications", "pyproject.toml", "manage.py")
ASK = """
import json
from realtime import settings
names = [name for name in dir(settings) if name.isupper()]
print(json.dumps({name: getattr(settings, name) for name in names}, default=repr))
"""
# Every name of wire.md, "Operations", with a value that an old deployment may have.
HONOURED = {
    "PORT": "9001", "WS_PORT": "9002", "WS_HOST": "0.0.0.0", "WS_READ_BUFFER_SIZE": "1024",
    "WS_WRITE_BUFFER_SIZE": "4096", "JWT_SECRET": "old", "DATABASE_URL": "postgres://u:p@db:5433/n?sslmode=disable",
    "DB_HOST": "h", "DB_PORT": "5432", "DB_USER": "u", "DB_PASSWORD": "p", "DB_NAME": "n", "DB_SSL_MODE": "disable",
    "REDIS_URL": "redis://r:6379/2", "REDIS_ADDR": "r:6379", "REDIS_PASSWORD": "p", "BACKEND_URL": "http://b:8000",
    "REST_API_URL": "http://a:3000", "AUTH_SERVICE_URL": "http://auth:4000", "MAX_CONNECTIONS": "500",
    "PING_PERIOD": "30s", "PONG_WAIT": "1m", "WRITE_WAIT": "10s", "UPDATE_INTERVAL": "5", "LOG_LEVEL": "warn",
    "LOG_FORMAT": "json", "ENVIRONMENT": "production", "CORS_ORIGIN": "https://a.example",
    "ALLOWED_ORIGINS": "https://b.example,https://c.example", "ALLOWED_HOSTS": "a.example",
}  # fmt: skip
BAD = {
    "PORT": "http", "WS_PORT": "65536", "WS_READ_BUFFER_SIZE": "1k", "WS_WRITE_BUFFER_SIZE": "-1",
    "DATABASE_URL": "mysql://db", "DB_PORT": "x", "REDIS_URL": "r:6379", "MAX_CONNECTIONS": "0", "PING_PERIOD": "soon",
    "PONG_WAIT": "10s", "WRITE_WAIT": "0", "UPDATE_INTERVAL": "5 s", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml",
    "ENVIRONMENT": "prod", "CLOSE_ON_EXPIRY": "perhaps", "DEFAULT_NEGOCIO": "parking", "PULSO_DEMO": "no!",
    "JWT_LEEWAY": "-1", "DEBUG": "2", "DB_POOL_SIZE": "1",
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project without what a checkout has around it."""
    folder: Path = tmp_path_factory.mktemp("copy") / "pul so"
    folder.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, folder / part)
    return folder


def run(copy: Path, code: str, variables: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=copy, env={**needed, **variables}, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip


def read(copy: Path, **variables: str) -> dict[str, Any]:
    done = run(copy, ASK, variables)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_starts_with_no_environment_at_all(copy: Path) -> None:
    found = read(copy)
    assert (found["EMBEDDED"], found["SINGLE_PROCESS"], found["PRODUCTION"], found["DEBUG"]) == (
        True,
        True,
        False,
        False,
    )
    assert (found["HOST"], found["PORT"], found["UPDATE_INTERVAL"]) == ("127.0.0.1", 8080, 5)
    assert found["ALLOWED_ORIGINS"] == []
    assert found["CHANNEL_LAYERS"]["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer"
    assert found["JWT_SECRET"] == found["SECRET_KEY"] != ""


def test_the_secret_is_made_once_and_kept_to_ourselves(copy: Path) -> None:
    secrets = {read(copy)["SECRET_KEY"] for _ in range(2)}
    assert len(secrets) == 1
    (kept,) = copy.glob(".pulso/secret_key")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(secrets.pop()) >= 50


def test_a_whole_django_starts_with_no_environment(copy: Path) -> None:
    done = run(copy, "import django, realtime.asgi; print(len(realtime.asgi.application.application_mapping))", {})
    assert (done.returncode, done.stderr) == (0, "")


def test_every_name_of_the_old_deployments_is_honoured(copy: Path) -> None:
    found = read(copy, **HONOURED, SECRET_KEY="x" * 60)
    assert (found["PORT"], found["HOST"], found["JWT_SECRET"]) == (9001, "0.0.0.0", "old")
    database = found["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", "5433", "n")
    assert database["OPTIONS"]["sslmode"] == "disable"
    assert (found["REDIS_URL"], found["MAX_CONNECTIONS"]) == ("redis://r:6379/2", 500)
    assert (found["PING_PERIOD"], found["PONG_WAIT"], found["WRITE_WAIT"], found["UPDATE_INTERVAL"]) == (30, 60, 10, 5)
    assert (found["LOG_LEVEL"], found["LOG_FORMAT"], found["PRODUCTION"]) == ("warning", "json", True)
    assert found["ALLOWED_ORIGINS"] == ["https://a.example", "https://b.example", "https://c.example"]
    assert "a.example" in found["ALLOWED_HOSTS"]
    assert (found["EMBEDDED"], found["SINGLE_PROCESS"]) == (False, False)


def test_ws_port_is_the_port_where_there_is_no_other(copy: Path) -> None:
    assert read(copy, WS_PORT="9002")["PORT"] == 9002


def test_the_parts_of_an_address_are_enough(copy: Path) -> None:
    found = read(copy, DB_HOST="h", DB_NAME="n", DB_SSL_MODE="require", REDIS_ADDR="r:1", REDIS_PASSWORD="a/b")
    assert found["DATABASES"]["default"]["HOST"] == "h"
    assert found["DATABASES"]["default"]["OPTIONS"]["sslmode"] == "require"
    assert found["REDIS_URL"] == "redis://:a%2Fb@r:1/0"


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_stops_the_start_and_is_named(copy: Path, name: str) -> None:
    done = run(copy, "import realtime.settings", {"DB_HOST": "h"} | {name: BAD[name]})
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert f"{name}=" in last
    shown = "mysql://" if name == "DATABASE_URL" else BAD[name].partition(":")[0]
    assert shown in last


def test_production_needs_a_secret(copy: Path) -> None:
    done = run(copy, "import realtime.settings", {"ENVIRONMENT": "production"})
    assert "SECRET_KEY=" in done.stderr.strip().splitlines()[-1]
