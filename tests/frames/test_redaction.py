"""No token reaches a log line, whatever logs it; the rest of the line stays."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest

from realtime.server.redaction import logging_config, without_secrets

from .live import Accepting, on_uvloop, serving, until
from .wire import TEXT, masked

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl-_x"
LOGGERS = ("", "uvicorn", "uvicorn.error", "uvicorn.access", "django", "django.server")


@pytest.fixture(params=["text", "json"])
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the configured logging writes, at debug level; what was configured before comes back."""
    before = {name: logging.getLogger(name) for name in LOGGERS}
    kept = {name: (log.level, log.handlers[:], log.propagate, log.filters[:]) for name, log in before.items()}
    config = logging_config("debug", request.param)
    stream = config["handlers"]["stderr"]["stream"] = io.StringIO()
    logging.config.dictConfig(config)
    yield stream
    for name, log in before.items():
        log.level, log.handlers, log.propagate, log.filters = kept[name]


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        (f"GET /ws?token={TOKEN}&dialect=citas HTTP/1.1", "GET /ws?token=[removed]&dialect=citas HTTP/1.1"),
        ("/ws?a=1&access_token=opaque", "/ws?a=1&access_token=[removed]"),
        ("/ws?a=1&token=", "/ws?a=1&token="),
        (f"Authorization: Bearer {TOKEN}", "Authorization: [removed]"),
        ("authorization: Basic dXNlcjpwYXNz, x", "authorization: [removed], x"),
        ("(b'authorization', b'Bearer opaque-token')", "(b'authorization', b'[removed]')"),
        (f"Sec-WebSocket-Protocol: pulso.v1, jwt.{TOKEN}", "Sec-WebSocket-Protocol: pulso.v1, jwt.[removed]"),
        ('{"action":"auth","token":"opaque"}', '{"action":"auth","token":"[removed]"}'),
        ("{'token': 'opaque'}", "{'token': '[removed]'}"),
        (f"said {TOKEN}.", "said [removed]"),
        (f"said {TOKEN[:30]}", "said [removed]"),
        ("jwt.exceptions.ExpiredSignatureError: Signature has expired", None),
        ("authorization failed for user 7; tokens are short", None),
        ("WebSocket /ws/citas?dialect=citas [accepted]", None),
    ],
)
def test_secrets_go_and_the_rest_stays(line: str, stays: str | None) -> None:
    assert without_secrets(line) == (line if stays is None else stays)
    assert without_secrets(without_secrets(line)) == without_secrets(line)


def test_arguments_are_cleaned_one_by_one(lines: io.StringIO) -> None:
    access = logging.getLogger("uvicorn.access")
    access.info('%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "GET", f"/api?token={TOKEN}", "1.1", 200)
    assert TOKEN not in lines.getvalue()
    assert "1.2.3.4:5" in lines.getvalue()
    assert "token=[removed]" in lines.getvalue()


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("token=%s", ("opaque-secret",)),
        ("%(kind)s %(value)s", ({"kind": "Authorization:", "value": "Bearer opaque-secret"},)),
        ("token=opaque-secret 100%", ()),
        ("%s", ({"token": "opaque-secret"},)),
        ("%s", (["?token=opaque-secret"],)),
        ("too few %s %s", ("?token=opaque-secret",)),
    ],
)
def test_a_secret_is_found_wherever_it_stands(lines: io.StringIO, message: str, args: tuple[Any, ...]) -> None:
    raising, logging.raiseExceptions = logging.raiseExceptions, False
    logging.getLogger("anything").warning(message, *args)
    logging.raiseExceptions = raising
    assert "opaque-secret" not in lines.getvalue()


def test_tracebacks_are_cleaned(lines: io.StringIO) -> None:
    try:
        raise ValueError(f"can't parse /ws?token={TOKEN}")
    except ValueError:
        logging.getLogger("django.request").exception("failed")
    assert "ValueError: can't parse /ws?token=[removed]" in lines.getvalue()
    assert TOKEN not in lines.getvalue()


def test_json_lines_are_json() -> None:
    config = logging_config("info", "json")
    handler = io.StringIO()
    config["handlers"]["stderr"]["stream"] = handler
    configurator: Any = logging.config.DictConfigurator(config)
    formatter = configurator.configure_formatter(config["formatters"]["json"])
    record = logging.LogRecord("a.b", logging.WARNING, "", 1, "año %d", (7,), None)
    line = json.loads(formatter.format(record))
    assert (line["level"], line["logger"], line["message"]) == ("warning", "a.b", "año 7")
    assert line["time"].endswith("+00:00")


def test_a_real_connection_logs_no_token_even_at_debug(lines: io.StringIO) -> None:
    @on_uvloop
    async def check() -> None:
        app = Accepting()
        async with serving(app) as live:
            peer = await live.connect()
            headers = f"Authorization: Bearer {TOKEN}\r\nSec-WebSocket-Protocol: jwt.{TOKEN}\r\n"
            await peer.upgrade(f"/ws?token={TOKEN}".encode(), headers.encode())
            await peer.read_until(b"\r\n\r\n")
            await peer.send(masked(TEXT, b'{"padding":"' + b"." * 60 + b'","token":"' + TOKEN.encode() + b'"}'))
            await until(lambda: app.received)

    check()
    assert "/ws?token=[removed]" in lines.getvalue()
    for part in TOKEN.split("."):
        assert part not in lines.getvalue()
        assert part[-10:] not in lines.getvalue()
