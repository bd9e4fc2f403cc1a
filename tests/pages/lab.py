"""How is a module of the page's client tried alone? In an empty document, without a server, on a clock of the test."""

from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, Page, Route

STATIC = Path(settings.BASE_DIR) / "realtime" / "static"
ORIGIN = "http://pulso.invalid"

# A server that says only what the test lets it say.
FAKE_SOCKET = """
window.sockets = [];
window.WebSocket = class {
  static OPEN = 1;
  readyState = 0;
  sent = [];
  constructor(url) { this.url = url; sockets.push(this); }
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.readyState = 3; }
  opens() { this.readyState = 1; this.onopen?.(); }
  says(frame) { this.onmessage?.({ data: JSON.stringify({ v: 1, ...frame }) }); }
  ends(code) { this.readyState = 3; this.onclose?.({ code }); }
  types() { return this.sent.map((frame) => frame.type); }
};
"""


def a_lab(browser: Browser) -> Page:
    """A page whose modules come from the source tree; close its context afterwards."""
    page = browser.new_context().new_page()
    page.route(f"{ORIGIN}/**", _serve)
    page.clock.install(time=0)
    page.goto(f"{ORIGIN}/")
    return page


def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(f"{ORIGIN}/")
    if path.startswith("static/"):
        route.fulfill(path=STATIC / path.removeprefix("static/"), content_type="text/javascript")
    else:
        route.fulfill(body=f"<!doctype html><script>{FAKE_SOCKET}</script><body>", content_type="text/html")


def run(page: Page, script: str) -> Any:
    """The value of an async function's body; `load(name)` gives a module."""
    return page.evaluate(f"async () => {{ const load = (name) => import(`/static/pulso/${{name}}.js`); {script} }}")
