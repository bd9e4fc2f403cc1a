"""What does a negocio's own back-end say: may this user join? Asked over HTTP, remembered, spared while it fails."""

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from realtime.complaints import in_a_line
from realtime.protocol.json import loads

logger = logging.getLogger(__name__)

TIMEOUT = 3.0
MEMORY = 30.0
MOST_REMEMBERED = 20_000
# After so many failures in a row a back-end is not asked for so many seconds.
PATIENCE, REST = 5, 10.0
MOST_ANSWER = 16 * 1024
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


class BackendUnavailable(Exception):
    """The back-end can't be asked now."""


@dataclass(slots=True)
class Circuit:
    """Failures of one back-end in a row, and until when it is left alone; monotonic seconds."""

    failures: int = 0
    closed_until: float = float("-inf")


class Backends:
    """Asks, on one event loop. `clock` is monotonic seconds; `transport` replaces the network."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._clock, self._transport = clock, transport
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()
        self._answers: OrderedDict[str, tuple[float, bool]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[bool]] = {}
        self._circuits: dict[str, Circuit] = {}

    async def allows(self, url: str) -> bool:
        """What `{"allowed":…}` says at the URL; any other answer is a no. Raises BackendUnavailable.

        An answer counts for MEMORY seconds; all who ask the same meanwhile share one request.
        """
        known = self._answers.get(url)
        if known is not None and self._clock() < known[0]:
            return known[1]
        asking = self._asking.get(url)
        if asking is None:
            asking = self._asking[url] = asyncio.create_task(self._ask(url))
            asking.add_done_callback(lambda done: self._answered(url, done))
        return await asyncio.shield(asking)

    async def close(self) -> None:
        """Ask nobody any more."""
        for asking in list(self._asking.values()):
            asking.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, url: str) -> bool:
        circuit = self._circuit(url)
        try:
            async with asyncio.timeout(TIMEOUT):
                allowed = await self._get(url)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            self._note_failure(circuit, url, error)
            raise BackendUnavailable from error
        circuit.failures = 0
        circuit.closed_until = float("-inf")
        self._remember(url, allowed)
        return allowed

    async def _get(self, url: str) -> bool:
        client = await self._http()
        async with client.stream("GET", url) as response:
            if response.status_code != 200:
                return False
            body = b""
            try:
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MOST_ANSWER:
                        return False
                answer = loads(body)
            except (ValueError, httpx.DecodingError):
                return False
            return isinstance(answer, dict) and answer.get("allowed") is True

    async def _http(self) -> httpx.AsyncClient:
        async with self._making:
            if self._client is None:  # it reads certificates, which takes tens of milliseconds
                self._client = await asyncio.to_thread(self._new_client)
        return self._client

    def _new_client(self) -> httpx.AsyncClient:
        # Environment variables for proxies are meant for the wide world, not for a neighbour.
        return httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS, transport=self._transport, trust_env=False)

    def _circuit(self, url: str) -> Circuit:
        """The circuit of the URL's server; raises BackendUnavailable while it is open.

        Once its rest is over, one request tries; the others go on being refused until that one came back.
        """
        circuit = self._circuits.setdefault(urlsplit(url).netloc, Circuit())
        if circuit.failures >= PATIENCE:
            if self._clock() < circuit.closed_until:
                self.counts["backend_not_asked"] += 1
                raise BackendUnavailable
            circuit.closed_until = self._clock() + REST
        return circuit

    def _note_failure(self, circuit: Circuit, url: str, error: Exception) -> None:
        self.counts["backend_failures"] += 1
        circuit.failures += 1
        if circuit.failures >= PATIENCE:
            circuit.closed_until = self._clock() + REST
        if circuit.failures <= PATIENCE:  # without its path and query: they name a user
            where = urlsplit(url).netloc.rpartition("@")[2]
            logger.warning("the back-end %s can't be asked: %s", where, in_a_line(error))

    def _remember(self, url: str, allowed: bool) -> None:
        self._answers[url] = (self._clock() + MEMORY, allowed)
        self._answers.move_to_end(url)
        if len(self._answers) > MOST_REMEMBERED:
            self._answers.popitem(last=False)

    def _answered(self, url: str, done: "asyncio.Task[bool]") -> None:
        del self._asking[url]
        # Whoever asked may be gone: then nobody looks at the failure.
        done.cancelled() or done.exception()
