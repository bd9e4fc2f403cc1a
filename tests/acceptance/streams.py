"""How does a test listen to a stream of server-sent events? Parsed as a browser does."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.acceptance.waiting import until


@dataclass
class Record:
    """One event: its name, its frame, and the id that the client would resume from."""

    name: str
    frame: Any
    id: str


@dataclass
class Stream:
    """One answer; every record that comes is kept."""

    status: int
    headers: httpx.Headers
    records: list[Record] = field(default_factory=list)
    comments: int = 0
    retry: int | None = None
    last_id: str = ""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None

    async def wait_until(self, holds: Callable[[], bool], timeout: float = 10.0) -> float:
        """Seconds until a record made `holds()` true; raises TimeoutError naming what came last."""
        return await until(holds, self._news, timeout, lambda: f"the last are {self.records[-3:]!r}")

    async def ended(self, timeout: float = 10.0) -> None:
        """Wait until the server ends it."""
        assert self._task is not None
        await asyncio.wait_for(asyncio.shield(self._task), timeout)

    @property
    def is_open(self) -> bool:
        return self._task is not None and not self._task.done()

    def frames(self, name: str) -> list[Any]:
        return [record.frame for record in self.records if record.name == name]

    async def read(self, response: httpx.Response) -> None:
        fields: dict[str, str] = {}
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                self.comments += 1
            elif name == "retry":
                self.retry = int(value)
            elif line:
                assert name not in fields
                fields[name] = value
            elif fields:
                self.last_id = fields.get("id", self.last_id)
                self.records.append(Record(fields["event"], json.loads(fields["data"]), self.last_id))
                fields = {}
            self._news.set()


@asynccontextmanager
async def stream(url: str, headers: dict[str, str] | None = None, **query: Any) -> AsyncIterator[Stream]:
    """A client of its own connection, gone at the end."""
    timeout = httpx.Timeout(10, read=60)
    async with (
        httpx.AsyncClient(timeout=timeout, trust_env=False) as http,
        http.stream("GET", url, headers=headers, params=query) as response,
    ):
        listening = Stream(response.status_code, response.headers)
        if response.status_code != 200:
            await response.aread()
            yield listening
            return
        listening._task = asyncio.create_task(listening.read(response))
        try:
            yield listening
        finally:
            listening._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError):
                await listening._task
