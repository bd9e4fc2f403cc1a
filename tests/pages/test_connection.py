"""Does a page stay connected where it can, and say so where it can't?"""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.pages.lab import run

# A connection to one topic of one negocio; `log` holds the phases and frames that it reports.
CONNECT = """
const { Connection } = await load("connection");
window.log = [];
window.dropped = 0;
window.usable = true;
window.connection = new Connection({
  url: "ws://x", negocio: "n", topics: ["stats"],
  tokens: { get: async () => `token-${dropped}`, drop: () => dropped++, renewIn: () => 240_000 },
  onPhase: (phase) => log.push(phase),
  onClock: (ahead) => (window.ahead = ahead),
  onState: (frame, epoch, trusted) => { log.push([frame.version, epoch, trusted]); return usable || trusted; },
});
connection.start();
await null; await null;
"""
SUBSCRIBED = {"type": "subscribed", "room": "n/stats", "epoch": "e"}


def state(version: int, full: bool = True) -> dict[str, Any]:
    return {"type": "state", "room": "n/stats", "full": full, "version": version, "data": {}}


def says(page: Page, *frames: dict[str, Any]) -> None:
    for frame in frames:
        page.evaluate("frame => sockets.at(-1).says(frame)", frame)


def go_live(page: Page, token: str = "token-0") -> None:
    """Open the newest socket and say all that makes the page live."""
    page.evaluate("sockets.at(-1).opens()")
    assert page.evaluate("sockets.at(-1).sent[0]") == {"v": 1, "type": "auth", "token": token}
    says(page, {"type": "authenticated", "negocios": ["n"]}, SUBSCRIBED, state(1))
    assert page.evaluate("log.at(-1)") == "live"


@pytest.fixture
def live(page: Page) -> Page:
    """A page with a live connection on socket 0, its first ping answered."""
    run(page, CONNECT)
    go_live(page)
    says(page, {"type": "pong", "id": page.evaluate("Date.now()"), "now": "1970-01-01T00:01:00.000Z"})
    return page


def sockets(page: Page) -> int:
    return int(page.evaluate("sockets.length"))


def test_it_is_live_only_when_every_topic_has_a_state(page: Page) -> None:
    run(page, CONNECT)
    page.evaluate("sockets[0].opens()")
    says(page, {"type": "authenticated", "negocios": ["n"]}, SUBSCRIBED)
    assert page.evaluate("log") == ["connecting"]
    assert page.evaluate("sockets[0].types()") == ["auth", "subscribe", "ping"]
    says(page, state(1))
    assert page.evaluate("log") == ["connecting", [1, "e", False], "live"]


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1012, 1013, 4000, 4008, 4010, 4099])
def test_it_connects_again_after_a_close_that_can_be_mended_by_it(live: Page, code: int) -> None:
    live.evaluate(f"sockets[0].ends({code})")
    assert live.evaluate("log.at(-1)") == "reconnecting"
    live.clock.run_for(600)
    assert sockets(live) == 2
    go_live(live)


def test_an_ended_token_is_replaced_before_the_next_attempt(live: Page) -> None:
    live.evaluate("sockets[0].ends(4101)")
    live.clock.run_for(600)
    go_live(live, token="token-1")


@pytest.mark.parametrize(("code", "phase"), [(4103, "forbidden"), (4109, "crowded")])
def test_it_stops_and_says_so_where_trying_again_is_no_use(live: Page, code: int, phase: str) -> None:
    live.evaluate(f"sockets[0].ends({code})")
    live.clock.run_for(120_000)
    live.evaluate("connection.wake()")
    assert live.evaluate("log.at(-1)") == phase
    assert sockets(live) == 1


def test_it_stops_where_the_token_no_longer_holds_the_negocio(page: Page) -> None:
    run(page, CONNECT)
    page.evaluate("sockets[0].opens()")
    says(page, {"type": "authenticated", "negocios": ["other"]})
    assert page.evaluate("log.at(-1)") == "forbidden"


def test_it_stops_when_the_session_is_over(page: Page) -> None:
    run(page, CONNECT.replace("`token-${dropped}`", "{ throw new (await load('tokens')).SessionOver() }"))
    page.wait_for_function("log.at(-1) === 'session'")
    assert sockets(page) == 0


def test_a_dead_network_is_noticed_by_a_missing_pong(live: Page) -> None:
    live.clock.run_for(15_100)
    assert live.evaluate("log.at(-1)") == "live"
    live.clock.run_for(5_000)
    assert live.evaluate("log.at(-1)") == "reconnecting"


def test_a_server_that_answers_pings_stays_live(live: Page) -> None:
    for _ in range(4):
        live.clock.run_for(15_000)
        says(live, {"type": "pong", "id": live.evaluate("Date.now()"), "now": "1970-01-01T00:01:00Z"})
    assert live.evaluate("log.at(-1)") == "live"


def test_a_connection_that_never_gets_anywhere_is_given_up(page: Page) -> None:
    run(page, CONNECT)
    page.clock.run_for(10_100)
    assert page.evaluate("log") == ["connecting", "reconnecting"]
    assert page.evaluate("sockets[0].readyState") == 3


def test_a_wake_up_tries_at_once_and_asks_an_open_socket_for_a_sign_of_life(live: Page) -> None:
    live.evaluate("connection.wake()")
    live.clock.run_for(3_100)
    assert live.evaluate("log.at(-1)") == "reconnecting"
    live.evaluate("connection.wake()")
    live.wait_for_function("sockets.length === 2")


def test_the_token_is_renewed_over_the_open_socket(live: Page) -> None:
    for _ in range(16):
        live.clock.run_for(15_000)
        says(live, {"type": "pong", "id": 0, "now": "1970-01-01T00:01:00Z"})
    live.wait_for_function("sockets[0].types().filter((type) => type === 'auth').length === 2")
    assert live.evaluate("sockets[0].sent.findLast((frame) => frame.type === 'auth').token") == "token-1"
    assert sockets(live) == 1


def test_an_older_state_is_asked_for_once_more_and_then_believed(live: Page) -> None:
    live.evaluate("usable = false")
    says(live, state(0))
    live.clock.run_for(1_100)
    assert live.evaluate("sockets[0].types().at(-1)") == "subscribe"
    says(live, SUBSCRIBED, state(0))
    assert live.evaluate("log.at(-1)") == [0, "e", True]
    live.clock.run_for(5_000)
    assert live.evaluate("sockets[0].types().at(-1)") == "subscribe"


def test_a_topic_that_is_unavailable_now_is_asked_for_again(page: Page) -> None:
    run(page, CONNECT)
    page.evaluate("sockets[0].opens()")
    says(page, {"type": "authenticated", "negocios": ["n"]})
    says(page, {"type": "error", "id": "stats", "code": 4000, "reason": "temporarily unavailable", "retry": True})
    page.clock.run_for(1_100)
    assert page.evaluate("sockets[0].types()") == ["auth", "subscribe", "ping", "subscribe"]


def test_pauses_grow_from_half_a_second_to_fifteen_and_are_spread(page: Page) -> None:
    script = "const { pauseAfter } = await load('closing'); return failures.map((n) => pauseAfter(n, () => chance))"
    failures = "const failures = [0, 1, 2, 3, 4, 5, 6, 50];"
    least, most = (run(page, f"const chance = {chance}; {failures} {script}") for chance in (0, 1))
    assert most == [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]
    assert least == [pause / 2 for pause in most]


def test_a_connection_that_never_lasts_is_retried_ever_more_slowly(live: Page) -> None:
    for count in range(1, 5):
        live.evaluate("sockets.at(-1).ends(4008)")
        least = 250 * 2 ** (count - 1)
        live.clock.run_for(least - 50)
        assert sockets(live) == count
        live.clock.run_for(least + 100)
        assert sockets(live) == count + 1
        go_live(live)
