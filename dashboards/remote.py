"""How are figures fetched from a team's own API? Side by side, each within 3 s; what fails is left out and counted."""

import asyncio
import logging
import ssl
import threading
from collections import Counter
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import httpx
import orjson

logger = logging.getLogger(__name__)
# It tells of every request.
logging.getLogger("httpx").setLevel(logging.WARNING)

T = TypeVar("T")

# Seconds, from the connection to the last byte.
TIMEOUT = 3.0
MOST_BYTES = 1024 * 1024
MOST_CONNECTIONS = 50
# A figure goes out inside other documents, which may be nested so much deeper.
OUTER = 8

# What became of fetches: `fetched`, `failed`.
counts: Counter[str] = Counter()


class BadAnswer(Exception):
    """The API's answer is no figure."""


@dataclass(frozen=True, slots=True)
class Api:
    """A team's own API; `token`, where it wants one, goes along as `Authorization: Bearer`."""

    url: str
    token: str = field(default="", repr=False)

    def address(self, path: str, limit: int | None = None) -> str:
        query = "" if limit is None else f"?limit={limit}"
        return f"{self.url.rstrip('/')}/{path.lstrip('/')}{query}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure to be fetched."""

    api: Api
    path: str
    limit: int | None = None


def fetch(wanted: Mapping[T, Wanted]) -> dict[T, dict[str, Any]]:
    """The figures that came, by the names that they are wanted under. To be called in a thread, never on a loop."""
    answers = _run(_fetch_all(list(wanted.values())))
    found = {name: answer for name, answer in zip(wanted, answers, strict=True) if isinstance(answer, dict)}
    faults = [answer for answer in answers if isinstance(answer, BaseException)]
    counts.update(fetched=len(found), failed=len(faults))
    if faults:
        reason = str(faults[0]) or type(faults[0]).__name__
        logger.warning("%d of %d figures can't be fetched: %s", len(faults), len(wanted), reason)
    return found


async def _fetch_all(wanted: list[Wanted]) -> list[dict[str, Any] | BaseException]:
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS)
    # No proxy and no credentials but those that somebody entered for this API; a redirect is an answer like any other.
    async with httpx.AsyncClient(verify=_certificates(), limits=limits, trust_env=False, timeout=TIMEOUT) as client:
        return await asyncio.gather(*(_fetch(client, one) for one in wanted), return_exceptions=True)


async def _fetch(client: httpx.AsyncClient, wanted: Wanted) -> dict[str, Any]:
    # Not compressed, so that the bound holds.
    headers = httpx.Headers({"Accept": "application/json", "Accept-Encoding": "identity"}, encoding="utf-8")
    if wanted.api.token:
        headers["Authorization"] = f"Bearer {wanted.api.token}"
    address = wanted.api.address(wanted.path, wanted.limit)
    async with asyncio.timeout(TIMEOUT), client.stream("GET", address, headers=headers) as response:
        if response.status_code != httpx.codes.OK:
            raise BadAnswer(f"{wanted.path} answered {response.status_code}")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                raise BadAnswer(f"{wanted.path} answered more than {MOST_BYTES} bytes")
    return _figure(wanted.path, body)


def _figure(path: str, body: bytearray) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
        nested = document
        for _ in range(OUTER):
            nested = [nested]
        orjson.dumps(nested)
    except (ValueError, TypeError):
        raise BadAnswer(f"{path} answered no JSON") from None
    if not isinstance(document, dict):
        raise BadAnswer(f"{path} answered no JSON object")
    return document


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop of its own, in a thread: only a loop can end a fetch in time, whatever it waits for."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="remote figures", daemon=True).start()
    return loop


def _run(work: Coroutine[Any, Any, T]) -> T:
    future: Future[T] = asyncio.run_coroutine_threadsafe(work, _loop())
    return future.result()
