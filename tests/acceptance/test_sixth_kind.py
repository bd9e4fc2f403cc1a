"""Is a kind of business that is only a folder picked up by everything? In a copy of the project, by real processes."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model

from dashboards.models import Negocio
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.clients import client, token, watch
from tests.acceptance.cluster import ROOT, Cluster, Web
from tests.acceptance.databases import django_uses, fresh_database, url_of
from tests.acceptance.neighbours import session

PARTS = ("dashboards", "notifications", "realtime", "tests", "tools", "manage.py", "pyproject.toml", "pytest.ini")
KIND, CODE = "bakery", "espiga"
EMPTY, FIRST = {"horneadas": 0, "piezas": 0, "valor": 0}, {"horneadas": 1, "piezas": 30, "valor": 7.5}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with one more folder."""
    tree = tmp_path_factory.mktemp("tree")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(ROOT / name, tree)
    shutil.move(tree / "tests" / "acceptance" / KIND, tree / "dashboards" / "businesses" / KIND)
    return tree


@pytest.fixture(scope="module")
def running(tree: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with django_db_blocker.unblock(), fresh_database() as name, django_uses(name), Cluster(name, folder) as cluster:
        cluster.root = tree
        cluster.environment["UPDATE_INTERVAL"] = "600"
        migrated = cluster.manage("migrate", "--verbosity", "1")
        assert "Applying bakery.0001_initial" in migrated.stdout, migrated.stderr
        Negocio.objects.create(code=CODE, name="La Espiga", kind=KIND, time_zone="UTC")
        yield cluster.start(webs=1, workers=1)


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[0]


@pytest.fixture
async def http(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may see everything."""
    user, _ = await in_thread(get_user_model().objects.get_or_create, username="jefa", is_staff=True, is_superuser=True)
    cookies = {settings.SESSION_COOKIE_NAME: await in_thread(session, user)}
    async with httpx.AsyncClient(base_url=web.http, cookies=cookies, timeout=20) as http:
        yield http


def bake(running: Cluster, pan: str, piezas: int) -> None:
    with running.connect() as connection:
        connection.execute(
            "INSERT INTO bakery_horneada (negocio_id, pan, piezas, precio) "
            "SELECT id, %s, %s, 0.25 FROM dashboards_negocio WHERE code = %s",
            [pan, piezas, CODE],
        )


def test_its_table_is_watched(running: Cluster) -> None:
    query = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'bakery_horneada'::regclass AND NOT tgisinternal"
    with running.connect() as connection:
        names = {name for (name,) in connection.execute(query)}
    assert names == {"pulso_insert", "pulso_update", "pulso_delete", "pulso_truncate"}


async def test_it_is_shown_read_subscribed_to_pushed_and_told(
    running: Cluster, web: Web, http: httpx.AsyncClient
) -> None:
    bearer = {"Authorization": f"Bearer {token(CODE)}"}
    async with client(f"{web.ws}/ws?token={token(CODE)}") as watcher:
        await watch(watcher)
        assert watcher.frames[1]["data"] == {"horno": EMPTY}
        await watcher.send({"v": 1, "type": "subscribe", "id": 2, "topic": "events"})
        await watcher.wait_for(3)
        await in_thread(bake, running, "Cachito", 30)
        await watcher.wait_for(5)
        frames = {frame["type"]: frame for frame in watcher.frames[3:]}
        assert frames["state"]["data"] == {"horno": FIRST}
        told = frames["horneada_lista"]
        assert (told["room"], told["message"]) == (f"{CODE}/events", "Sale Cachito")
        assert told["data"] == {"pan": "Cachito", "piezas": 30}
    assert (await http.get("/bakery/stats/horno", headers=bearer)).json() == FIRST
    assert (await http.get(f"/api/rooms/{CODE}/stats", headers=bearer)).json()["data"] == {"horno": FIRST}
    page = await http.get(f"/{CODE}/")
    assert page.status_code == 200
    assert '<span data-metric="horno.valor" data-format="money">$7,50</span>' in page.text
    assert f'href="/{CODE}/"' in (await http.get("/")).text
    assert "Traceback" not in running.logs()


async def test_its_rows_are_in_the_admin(running: Cluster, http: httpx.AsyncClient) -> None:
    await in_thread(bake, running, "Enrollado", 12)
    index, rows = await http.get("/admin/"), await http.get("/admin/bakery/horneada/")
    assert "Panadería" in index.text
    assert (rows.status_code, "Enrollado" in rows.text) == (200, True)


async def test_it_is_told_things_and_has_no_dialect_of_its_own(running: Cluster, web: Web) -> None:
    key, url = await in_thread(key_of, CODE), f"{web.ws}/ws?token={token(CODE)}"
    async with client(url) as silent, client(url) as asker:
        await asker.send({"v": 1, "type": "subscribe", "id": 1, "topic": "events"})
        await asker.wait_for(1)
        item = {"negocio": CODE, "type": "oferta", "data": {"pan": "Enrollado"}}
        answer = await in_thread(httpx.post, f"{web.http}/api/publish", json=item, headers={"X-API-Key": key})
        assert answer.json() == {"results": [{"status": "stored"}]}
        await asker.wait_until(lambda: asker.frames[-1].get("data") == {"pan": "Enrollado"})
        assert silent.frames == []
        assert silent.is_open


def key_of(code: str) -> str:
    return new_key(Negocio.objects.get(code=code), "prueba")


def test_the_contracts_hold_for_it_and_its_migration_is_what_its_models_say(tree: Path) -> None:
    url = url_of(f"pulso_{KIND}_{uuid.uuid4().hex[:8]}")  # pytest-django makes a test database of it
    environment = os.environ | {"DATABASE_URL": url}
    for command in (
        ["-m", "pytest", "tests/contracts/test_kinds.py", "-q", "-k", f"[{KIND}"],
        ["manage.py", "makemigrations", "--check", "--dry-run", "--settings", "tools.offline_settings"],
    ):
        done = subprocess.run([sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-4000:]
