"""What may everybody on this machine do with the demo, and what nobody? As a newcomer's `make run` serves it."""

import os
import shutil
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from dashboards.kinds import kinds
from tests.acceptance.clients import client
from tests.acceptance.embedded import Embedded
from tests.pages.conftest import FLAGS

NOTICE = {"type": "sistema", "message": "Hoy cerramos a las cinco"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with Embedded(tmp_path_factory.mktemp("demo"), PULSO_DEMO="1", UPDATE_INTERVAL="1") as embedded:
        with embedded.connect() as connection:
            connection.execute(
                "INSERT INTO dashboards_negocio (code, name, kind, time_zone, external_admin_id, hosts, active, "
                "anonymous_read, created_at, backend_url, rest_api_url) VALUES "
                "('mine', 'Mine', 'tourism', 'UTC', '', '{}', true, false, now(), '', '')"
            )
        yield embedded


@pytest.mark.parametrize("kind", [name for name in kinds() if name not in ("tourism", "marketplace")])
async def test_a_silent_client_without_a_token_sees_the_demo(demo: Embedded, kind: str) -> None:
    async with client(f"{demo.web.ws}/ws/{kind}") as watcher:
        await watcher.wait_for(1)


async def test_a_notification_without_a_key_reaches_who_listens_without_a_token(demo: Embedded) -> None:
    async with client(f"{demo.web.ws}/ws/tourism") as listener, httpx.AsyncClient(base_url=demo.web.http) as http:
        await listener.quiet(0.7)
        answer = await http.post("/notify", json=NOTICE)
        assert answer.status_code == 200
        await listener.wait_until(lambda: any(frame["message"] == NOTICE["message"] for frame in listener.frames))


async def test_nothing_but_the_demo_is_open(demo: Embedded) -> None:
    async with client(f"{demo.web.ws}/ws/native") as asker, httpx.AsyncClient(base_url=demo.web.http) as http:
        await asker.send({"v": 1, "type": "subscribe", "id": 1, "negocio": "mine", "topic": "stats"})
        (refused,) = await asker.wait_for(1)
        assert (refused["type"], refused["code"]) == ("error", 4103)
        answer = await http.post("/notify/cita", json={"negocio_id": "mine", "action": "created"})
        assert answer.status_code == 403


def test_the_front_page_sends_a_notification_and_shows_it_arrive(demo: Embedded) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("PULSO_CHROMIUM") or shutil.which("chromium"), args=FLAGS
        )
        page = browser.new_page()
        page.goto(f"{demo.web.http}/")
        page.get_by_role("button", name="Conectar").click()
        expect(page.locator("[data-status]")).to_have_text("Conectado")
        page.wait_for_timeout(700)  # until a silent client is served
        page.get_by_label("Mensaje").fill("¿Se oye?")
        page.get_by_role("button", name="Enviar").click()
        expect(page.locator("[data-answer]")).to_contain_text("200")
        expect(page.locator("[data-frames]")).to_contain_text("¿Se oye?", timeout=10_000)
        browser.close()
