"""What do the tests of the pages share? A browser, and a server with two negocios and the people who hold them."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.pages.house import House, a_house
from tests.pages.lab import ORIGIN, a_lab

# The sandbox needs rights that root in a container hasn't; /dev/shm is small there.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The testbed's Chromium."""
    program = os.environ.get("PULSO_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One running server for the tests of a module."""
    with a_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")
def lab(browser: Browser) -> Iterator[Page]:
    page = a_lab(browser)
    yield page
    page.context.close()


@pytest.fixture
def page(lab: Page) -> Page:
    """An empty document at the beginning of time."""
    lab.goto("about:blank")
    lab.goto(ORIGIN)
    return lab
