"""Do Dockerfile and docker-compose.yml fit the project: every command, variable and path in them?"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class

from tests.project.test_settings_page import variables_read

ROOT = Path(settings.BASE_DIR)
# Read by Python, pip or the C library, not by our settings.
FOREIGN = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "MALLOC_ARENA_MAX"}
KNOWN = variables_read(ROOT / "realtime/settings.py") | variables_read(ROOT / "realtime/environment.py") | FOREIGN


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def of_word(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def our_services(compose: Any) -> dict[str, Any]:
    return {name: service for name, service in compose["services"].items() if service["image"] == "pulso"}


def check_manage(command: list[str]) -> None:
    """The command is one of ours and parses with these arguments."""
    assert command[:2] == ["python", "manage.py"], command
    name = command[2]
    assert name in get_commands(), name
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args(command[3:])


def test_copied_paths_exist_and_no_package_is_forgotten() -> None:
    copied = {source for rest in of_word("COPY") for source in rest.split()[:-1]}
    assert all((ROOT / path).exists() for path in copied), copied
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks", "tools"}
    assert packages <= copied
    assert "manage.py" in copied


def test_what_the_image_copies_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = {source for rest in of_word("COPY") for source in rest.split()[:-1]}
    assert ignored[0] == "*"
    assert {f"!{path}" for path in copied} <= set(ignored)


def test_the_image_runs_as_nobody_special_and_is_checked() -> None:
    assert of_word("USER") == ["pulso"]
    assert any("useradd" in run and "pulso" in run for run in of_word("RUN"))
    (health,) = of_word("HEALTHCHECK")
    assert "/health/live" in health
    words = [word for word, _ in instructions()]
    assert words.index("USER") > max(index for index, word in enumerate(words) if word in {"COPY", "RUN"})


def test_the_health_check_is_let_in_whatever_hosts_are_served() -> None:
    (health,) = of_word("HEALTHCHECK")
    (host,) = re.findall(r"http://([\w.]+):", health)
    served = {"SECRET_KEY": "s" * 50, "ENVIRONMENT": "production", "ALLOWED_HOSTS": "pulso.example.com"}
    show = "from realtime import settings; print(*settings.ALLOWED_HOSTS)"
    command = [sys.executable, "-c", show]
    hosts = subprocess.run(command, cwd=ROOT, env=os.environ | served, capture_output=True, text=True, check=True)
    assert {"pulso.example.com", host} <= set(hosts.stdout.split())


def test_the_image_runs_a_command_of_ours() -> None:
    (command,) = of_word("CMD")[-1:]
    check_manage(json.loads(command))


def test_the_image_sets_only_variables_that_are_read() -> None:
    named = {pair.partition("=")[0] for rest in of_word("ENV") for pair in shlex.split(rest)}
    assert named <= KNOWN


def test_services_run_commands_of_ours_with_variables_that_are_read(compose: Any) -> None:
    services = our_services(compose)
    assert set(services) == {"web", "worker"}
    for service in services.values():
        check_manage(service["command"])
        assert set(service["environment"]) <= KNOWN


def test_services_reach_each_other_by_their_names(compose: Any) -> None:
    names = set(compose["services"])
    for service in our_services(compose).values():
        assert set(service["depends_on"]) <= names
        environment = service["environment"]
        assert re.search(r"@(\w+):5432/", environment["DATABASE_URL"])[1] == "postgres"  # type: ignore[index]
        assert re.match(r"redis://(\w+):6379", environment["REDIS_URL"])[1] == "redis"  # type: ignore[index]
    postgres = compose["services"]["postgres"]["environment"]
    assert postgres["POSTGRES_USER"] in our_services(compose)["web"]["environment"]["DATABASE_URL"]


def test_the_published_port_is_the_one_served(compose: Any) -> None:
    (port,) = of_word("EXPOSE")
    assert f"PORT={port}" in " ".join(of_word("ENV"))
    assert all(mapping.endswith(f":{port}") for mapping in compose["services"]["web"]["ports"])


def test_every_service_is_checked_or_says_why_not(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert "healthcheck" in service or name == "web", name


def test_secrets_are_asked_for_and_not_written_down(compose: Any) -> None:
    for service in our_services(compose).values():
        for name in ("SECRET_KEY", "JWT_SECRET"):
            assert service["environment"][name].startswith(f"${{{name}:?")
