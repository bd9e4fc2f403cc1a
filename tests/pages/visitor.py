"""How does somebody use the pages? A browser tab of a logged-in person, which remembers what went wrong in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.pages.house import House
from tests.pages.stage import PASSWORD

PATIENCE = 20_000  # ms


class Visitor:
    """One person's tab."""

    def __init__(self, page: Page, house: House) -> None:
        self.page, self.house = page, house
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def log_in(self, name: str) -> "Visitor":
        """Be at the list of negocios, as somebody; by the form only where there is no session of theirs yet."""
        sessions = self.house.sessions
        self.page.context.add_cookies(sessions.get(name, []))
        self.page.goto(f"{self.house.url}/")
        if name not in sessions:
            self.fill_in(name, PASSWORD)
            self.page.wait_for_url(f"{self.house.url}/")
            sessions[name] = self.page.context.cookies()
        return self

    def fill_in(self, name: str, password: str) -> None:
        self.page.get_by_label("Usuario").fill(name)
        self.page.get_by_label("Contraseña").fill(password)
        self.page.get_by_role("button", name="Entrar").click()

    def pick(self, name: str) -> "Visitor":
        """Open a negocio's page from the list, and wait until it is live."""
        self.page.get_by_role("link", name=name).click()
        self.is_live()
        return self

    def figure(self, path: str) -> Locator:
        return self.page.locator(f'[data-metric="{path}"]')

    def sees(self, path: str, text: str) -> None:
        expect(self.figure(path)).to_have_text(text, timeout=PATIENCE)

    def is_live(self) -> None:
        self.reads("En vivo")

    def reads(self, claim: str) -> None:
        """What the indicator says, in the end."""
        expect(self.page.locator("[data-indicator-text]")).to_have_text(re.compile(claim), timeout=PATIENCE)


@contextmanager
def visiting(browser: Browser, house: House, **options: Any) -> Iterator[Visitor]:
    """A tab with a fresh profile; `options` are Playwright's for a context."""
    context = browser.new_context(**options)
    try:
        yield Visitor(context.new_page(), house)
    finally:
        context.close()
