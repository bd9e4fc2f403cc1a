"""Clients that come back wherever they were cut off, publishers that try until they are heard; and who is owed what.

Cheap enough for 200 clients and 2,000 deliveries a second in the test's own process.
"""

import asyncio
import itertools
import logging
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import httpx
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from realtime.protocol.json import dumps, loads
from tests.acceptance.clients import token

TOPIC = "events"
PATIENCE = 0.2  # s, before another try
# An impatient client asks after so many seconds of silence, and leaves after as many more.
ASKS_AFTER = 2.5
HANDSHAKE = 5.0
# A back-end gives up waiting for an answer, and asks again.
POST_TIMEOUT = 15.0
FINISHED_WITHIN = 40.0

quiet = logging.getLogger("tests.resumers")
quiet.setLevel(logging.ERROR)
# httpx tells of every request.
logging.getLogger("httpx").setLevel(logging.WARNING)


_users = itertools.count()


class Marks:
    """A growing set of small numbers, one byte each."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, number: int) -> bool:
        """False where it was in it already."""
        if number >= len(self._bytes):
            self._bytes.extend(bytes(2 * number + 64 - len(self._bytes)))
        is_new, self._bytes[number] = not self._bytes[number], 1
        return is_new

    def __len__(self) -> int:
        return self._bytes.count(1)

    def without(self, others: "Marks") -> int:
        """How many are in this, but not in the others."""
        own, theirs = (int.from_bytes(each._bytes, "little") for each in (self, others))
        return (own & ~theirs).bit_count()

    def copy(self) -> "Marks":
        copied = Marks()
        copied._bytes = self._bytes[:]
        return copied


class Ears(WSListener):
    """One socket of a resumer."""

    def __init__(self, resumer: "Resumer") -> None:
        self._resumer = resumer

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, dumps(self._resumer.request()))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if self._resumer.ears is not self:
            transport.disconnect()  # it opened after its time was up, and another took its place
        elif frame.msg_type == WSMsgType.TEXT:
            if not self._resumer.hear(loads(frame.get_payload_as_bytes())):
                transport.disconnect()
        elif frame.msg_type == WSMsgType.CLOSE:
            self._resumer.endings[str(frame.get_close_code())] += 1
            transport.disconnect()


class Resumer:
    """One client of one negocio: reads the events, and after any end resumes from the last one, at any process.

    One that is patient never leaves a silent socket. `returns` counts the times that it came back.
    """

    def __init__(self, negocio: str, urls: Callable[[], Sequence[str]], random: Random, patient: bool = False) -> None:
        self.negocio, self.heard, self.repeats = negocio, Marks(), 0
        self.faults: list[str] = []
        self.endings: Counter[str] = Counter()
        self.returns = -1
        self.subscribed = asyncio.Event()
        self.slowest = 0.0
        self.ears: Ears | None = None
        self._urls, self._random, self._patient = urls, random, patient
        self._token = token(negocio, user=f"u{next(_users)}")
        self._place: dict[str, Any] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(OSError, WSError, TimeoutError):
                await self._connected()
            await asyncio.sleep(PATIENCE * self._random.random())

    async def _connected(self) -> None:
        url = f"{self._random.choice(self._urls())}/ws/native?token={self._token}"
        ears = self.ears = Ears(self)
        transport, _ = await ws_connect(
            lambda: ears, url, logger_name=quiet, websocket_handshake_timeout=HANDSHAKE,
            enable_auto_ping=not self._patient, auto_ping_idle_timeout=ASKS_AFTER, auto_ping_reply_timeout=ASKS_AFTER,
        )  # fmt: skip
        try:
            await transport.wait_disconnected()
        finally:
            transport.disconnect(graceful=False)

    def request(self) -> Any:
        """What it asks for on a new socket."""
        return {"v": 1, "type": "subscribe", "id": 1, "topic": TOPIC, **self._place}

    def hear(self, frame: Any) -> bool:
        """False where it should better try again, maybe at another process."""
        if frame["type"] == "subscribed":
            self._begin(frame)
        elif "seq" in frame:
            self._take(frame)
        return bool(frame["type"] != "error")

    def _begin(self, frame: Any) -> None:
        if self._place and not frame["recovered"]:
            self.faults.append(f"{self.negocio}: not recovered from {self._place}: {frame}")
        if not self._place or not frame["recovered"]:
            self._place = {"since": frame["seq"], "epoch": frame["epoch"]}
        self.returns += 1
        self.subscribed.set()

    def _take(self, frame: Any) -> None:
        if frame["seq"] != self._place["since"] + 1:
            self.faults.append(f"{self.negocio}: {frame['seq']} after {self._place['since']}")
        self._place["since"] = frame["seq"]
        if not self.heard.add(frame["data"]["n"]):
            self.repeats += 1
        self.slowest = max(self.slowest, time.monotonic() - frame["data"]["posted"])


class Publisher:
    """Posts batches for all negocios; what is acknowledged is owed to every client of the negocio."""

    def __init__(self, keys: dict[str, str], urls: Callable[[], Sequence[str]], random: Random) -> None:
        self.owed = {negocio: Marks() for negocio in keys}
        self.refusals: Counter[int] = Counter()
        self.failures: Counter[str] = Counter()
        self.acknowledged = 0
        self._keys, self._urls, self._random = keys, urls, random
        self._next = dict.fromkeys(keys, 0)
        self._name = uuid.uuid4().hex

    @property
    def told(self) -> int:
        """So many events were acknowledged."""
        return sum(map(len, self.owed.values()))

    async def run(self, rate: float, batch: int) -> None:
        """`rate` events a second until cancelled; a batch that was begun is brought to its end."""
        loop, tasks = asyncio.get_running_loop(), set()
        due, negocios = loop.time(), list(self._keys)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
        async with httpx.AsyncClient(timeout=POST_TIMEOUT, limits=limits, trust_env=False) as http:
            try:
                while True:
                    task = asyncio.create_task(self._publish(http, self._random.choice(negocios), batch))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
                    due += batch / rate
                    await asyncio.sleep(max(0, due - loop.time()))
            finally:
                # Cancels them in the end: what was broken may never be mended.
                await asyncio.wait_for(asyncio.gather(*tasks), FINISHED_WITHIN)

    async def _publish(self, http: httpx.AsyncClient, negocio: str, batch: int) -> None:
        first = self._next[negocio]
        numbers, self._next[negocio] = range(first, first + batch), first + batch
        posted = time.monotonic()
        items = [{"topic": TOPIC, "type": "test", "data": {"n": n, "posted": posted}} for n in numbers]
        headers = {"X-API-Key": self._keys[negocio], "Idempotency-Key": f"{self._name}-{negocio}-{first}"}
        while not await self._post(http, items, headers):
            await asyncio.sleep(PATIENCE)
        self.acknowledged += 1
        for n in numbers:
            self.owed[negocio].add(n)

    async def _post(self, http: httpx.AsyncClient, items: Any, headers: dict[str, str]) -> bool:
        url = self._random.choice(self._urls()).replace("ws", "http", 1)
        try:
            answer = await http.post(f"{url}/api/publish", json=items, headers=headers)
        except httpx.HTTPError as error:
            self.failures[type(error).__name__] += 1
            return False
        if answer.status_code != 200:
            self.refusals[answer.status_code] += 1
            return False
        assert {result["status"] for result in answer.json()["results"]} <= {"stored", "duplicate"}, answer.text
        return True


@asynccontextmanager
async def crowd(resumers: Sequence[Resumer], timeout: float = 30) -> AsyncIterator[None]:
    """All of them connected, until the block ends."""
    tasks = [asyncio.create_task(resumer.run()) for resumer in resumers]
    try:
        async with asyncio.timeout(timeout):
            await asyncio.gather(*(resumer.subscribed.wait() for resumer in resumers))
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def missing(resumers: Sequence[Resumer], owed: dict[str, Marks]) -> int:
    """How many deliveries are still owed."""
    return sum(owed[each.negocio].without(each.heard) for each in resumers)
