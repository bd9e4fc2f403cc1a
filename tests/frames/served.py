"""A process that serves, for test_runner.py: `python -m tests.frames.served BEHAVIOUR PORT…`.

It prints its ports as JSON, tells on a line of its own when it is asked to stop, and ends with the status of run(),
after the line "stopped", which stands for whatever the caller has to do at the end.
"""

from __future__ import annotations

import asyncio
import json
import logging.config
import sys
from typing import Any

from realtime.server.redaction import logging_config
from realtime.server.runner import run

BEHAVIOUR = sys.argv[1]


def say(text: str) -> None:
    print(text, flush=True)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(scope["client"]).encode()})
    else:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        if BEHAVIOUR == "stubborn":
            await asyncio.sleep(60)


async def lifespan(receive: Any, send: Any) -> None:
    await receive()
    if BEHAVIOUR == "failing":
        raise RuntimeError("no database")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    say("lifespan ends")
    if BEHAVIOUR == "hanging":
        await asyncio.sleep(60)
    await send({"type": "lifespan.shutdown.complete"})


async def stopping() -> None:
    say("stopping")
    if BEHAVIOUR == "clumsy":
        raise RuntimeError("can't send them away")


if __name__ == "__main__":
    logging.config.dictConfig(logging_config("info", "text"))
    status = run(
        app,
        host="127.0.0.1",
        ports=[int(port) for port in sys.argv[2:]],
        access_log=BEHAVIOUR == "talkative",
        trusted_proxies=["127.0.0.1"] if BEHAVIOUR == "proxied" else [],
        graceful_timeout=20,
        on_started=lambda ports: say(json.dumps(ports)),
        on_stopping=stopping,
    )
    say("stopped")
    sys.exit(status)
