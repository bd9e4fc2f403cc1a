"""How does a test listen as clients do, without a network? Over WebSocket, as a stream, and by asking again and again.

Every frame is judged by the oracle when it comes; what was wrong is kept in `complaints`.
"""

import asyncio
import itertools
import json
from collections.abc import Callable
from contextvars import Context
from typing import Any

from realtime.asgi import application
from tests.model.oracle import Broken, Listener, Oracle, Watcher

ids = itertools.count()
STATE = "stats"
FIGURE = "espacios_total"


# Clients have gone, but the application is still at what they asked, maybe until the journal can be read.
leaving: set["asyncio.Task[None]"] = set()


async def cut_off_who_leaves() -> None:
    """Their process dies, or the example is over."""
    for task in list(leaving):
        task.cancel()
    await asyncio.gather(*leaving, return_exceptions=True)


class Connection:
    """One connection to a node, which runs in `context`. Its client may stop reading, and may be gone."""

    def __init__(self, scope: dict[str, Any], context: Context, take: Callable[[dict[str, Any]], None]) -> None:
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._take = take
        self.reading = asyncio.Event()
        self.reading.set()
        self.over = False
        self.task = asyncio.create_task(self._serve(scope), context=context)

    def say(self, message: dict[str, Any]) -> None:
        self._said.put_nowait(message)

    async def end(self, farewell: dict[str, Any] | None) -> None:
        """Without a farewell, the process dies. Else the application may take its time to notice."""
        self.over = True
        self.reading.set()
        if farewell is None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        else:
            self.say(farewell)
            leaving.add(self.task)
            self.task.add_done_callback(_has_left)

    async def _serve(self, scope: dict[str, Any]) -> None:
        await application(scope, self._said.get, self._send)

    def failure(self) -> str:
        """What the application raised; empty where it goes on, or ended well."""
        ended = self.task.done() and not self.task.cancelled() and self.task.exception()
        return f"{ended!r}" if ended else ""

    async def _send(self, message: dict[str, Any]) -> None:
        await self.reading.wait()
        if self.over:
            raise OSError("the peer is gone")
        self._take(message)


def _has_left(task: "asyncio.Task[None]") -> None:
    leaving.discard(task)
    if not task.cancelled():
        task.exception()  # seen: it may well have written to a client that had gone


class Client:
    """Somebody who listens, comes back, and remembers in between what it has."""

    def __init__(self, name: str, oracle: Oracle, headers: list[tuple[bytes, bytes]], negocio: str) -> None:
        self.name, self.oracle, self.negocio = name, oracle, negocio
        self.complaints: list[str] = []
        self.node = -1
        # As the test has it; the server may have sent it away meanwhile.
        self.present = False
        self.asleep = False
        self._headers = headers
        self._connection: Connection | None = None
        # Of each room, whether or not it is in it.
        self.listeners: dict[str, Listener] = {}
        self.watcher: Watcher | None = None
        # The rooms that it is in, and those that it has asked for.
        self.topics: set[str] = set()
        self.asking: set[str] = set()
        # By the id of what it asked, which the answer repeats: who doesn't read may ask again before it has one.
        self._places: dict[str, tuple[int, str | None] | None] = {}

    @property
    def connected(self) -> bool:
        return self._connection is not None and not self._connection.over

    def stop_reading(self) -> None:
        self.asleep = True
        if self._connection is not None:
            self._connection.reading.clear()

    def read_again(self) -> None:
        self.asleep = False
        if self._connection is not None:
            self._connection.reading.set()

    async def disconnect(self, politely: bool = True) -> None:
        connection, self._connection = self._connection, None
        self.present = self.asleep = False
        if connection is not None:
            await connection.end(self.farewell if politely else None)
        self.topics.clear()
        self.asking.clear()
        self.watcher = None

    def lag(self) -> list[str]:
        """What it lacks, of the rooms that it is in; empty where nothing."""
        assert self._connection is not None
        lags = [f"{self.name} waits for {topic}" for topic in self.asking]
        lags.append(self._connection.failure())
        for topic in sorted(self.topics):
            who = self.watcher if topic == STATE else self.listeners[topic]
            lags.append(who.lag(self.oracle) if who is not None else f"{self.name} was shown nothing")
        return [lag for lag in lags if lag]

    farewell: dict[str, Any] = {}

    def _opened(
        self, scope: dict[str, Any], node: int, context: Context, headers: list[tuple[bytes, bytes]] | None = None
    ) -> Connection:
        self.node, self.present, self.asleep = node, True, False
        self._connection = Connection(_whole(scope, [*self._headers, *(headers or [])]), context, self._received)
        return self._connection

    def _received(self, message: dict[str, Any]) -> None:
        raise NotImplementedError

    def _gone(self) -> None:
        assert self._connection is not None
        self._connection.over = True
        self._connection.say(self.farewell)
        self.topics.clear()
        self.asking.clear()
        self.watcher = None

    def _asks(self, topic: str, resumes: bool, names_epoch: bool = True) -> tuple[int, str | None] | None:
        """Where it wants to go on: None for from now on."""
        self.asking.add(topic)
        self.topics.discard(topic)
        if topic == STATE:
            return None
        listener = self.listeners.setdefault(topic, Listener(f"{self.name} in {topic}", topic))
        known = resumes and listener.epoch is not None
        listener.asked = (listener.seq, listener.epoch if names_epoch else None) if known else None
        return listener.asked

    def _heard(self, frame: dict[str, Any]) -> None:
        try:
            self._judge(frame)
        except Broken as broken:
            self.complaints.append(str(broken))
        except Exception as error:  # the product takes errors of a peer in its stride
            self.complaints.append(f"{self.name} can't understand {frame}: {error!r}")

    def _judge(self, frame: dict[str, Any]) -> None:
        topic = str(frame.get("room", "")).rpartition("/")[2]
        # An event's frame has the event's own type.
        match "event" if "ts" in frame else frame["type"]:
            case "subscribed":
                self.asking.discard(topic)
                self.topics.add(topic)
                if topic == STATE:
                    self.watcher = self.watcher or Watcher(f"{self.name} in {topic}")
                else:
                    listener = self.listeners[topic]
                    listener.asked = self._places.pop(frame.get("id", ""), listener.asked)
                    listener.subscribed(self.oracle, frame)
            case "event":
                self.listeners[topic].event(self.oracle, frame)
            case "state" if self.watcher is not None and FIGURE in frame["data"].get("stats", {}):
                self.watcher.shown(frame["data"]["stats"][FIGURE])
            case "error":
                # Only what could not be done now is an error here: it asks again later.
                self.asking.clear()


class Socket(Client):
    """A WebSocket of the native dialect."""

    farewell = {"type": "websocket.disconnect", "code": 1005}

    def connect(self, node: int, context: Context) -> None:
        connection = self._opened({"type": "websocket", "path": "/ws/native", "subprotocols": []}, node, context)
        connection.say({"type": "websocket.connect"})

    def subscribe(self, topic: str, resumes: bool, names_epoch: bool = True) -> None:
        place = self._asks(topic, resumes, names_epoch)
        fields: dict[str, Any] = {} if place is None else {"since": place[0]}
        if place is not None and place[1] is not None:
            fields["epoch"] = place[1]
        assert self._connection is not None
        id = f"{topic} {next(ids)}"
        self._places[id] = place
        frame = {"v": 1, "type": "subscribe", "negocio": self.negocio, "topic": topic, "id": id, **fields}
        self._connection.say({"type": "websocket.receive", "text": json.dumps(frame)})

    def _received(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            self._heard(json.loads(message.get("text") or message["bytes"]))
        elif message["type"] == "websocket.close":
            self._gone()


class Stream(Client):
    """An EventSource: one room, and Last-Event-ID."""

    farewell = {"type": "http.disconnect"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._last_ids: dict[str, str] = {}
        self.topic = self._text = ""

    def connect(self, node: int, context: Context, topic: str) -> None:
        self._asks(topic, resumes=topic in self._last_ids)
        self.topic, self._text = topic, ""
        headers = [(b"last-event-id", self._last_ids[topic].encode())] if topic in self._last_ids else []
        path = f"/sse/{self.negocio}/{topic}"
        scope = {"type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode()}
        connection = self._opened(scope, node, context, headers)
        connection.say({"type": "http.request", "body": b"", "more_body": False})

    def _received(self, message: dict[str, Any]) -> None:
        if message["type"] != "http.response.body":
            return
        *records, self._text = (self._text + message.get("body", b"").decode()).split("\n\n")
        for record in records:
            fields = dict(line.split(": ", 1) for line in record.split("\n") if ": " in line)
            if "data" in fields:
                self._heard(json.loads(fields["data"]))
            if "id" in fields:
                self._last_ids[self.topic] = fields["id"]
        if not message.get("more_body"):
            self._gone()


async def get(path: str, headers: list[tuple[bytes, bytes]], context: Context) -> Any:
    """The JSON answer of a node to a GET."""
    answer: list[dict[str, Any]] = []
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode()}
    connection = Connection(_whole(scope, headers, query), context, answer.append)
    connection.say({"type": "http.request", "body": b"", "more_body": False})
    await connection.task
    assert answer[0]["status"] == 200, answer
    return json.loads(b"".join(part.get("body", b"") for part in answer[1:]))


def _whole(scope: dict[str, Any], headers: list[tuple[bytes, bytes]], query: str = "") -> dict[str, Any]:
    """What a server says of every connection, and this of one."""
    return {
        "headers": [(b"host", b"localhost"), *headers], "query_string": query.encode(), "client": ("127.0.0.1", 9),
        "server": ("127.0.0.1", 8080), "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"},
    } | scope  # fmt: skip
