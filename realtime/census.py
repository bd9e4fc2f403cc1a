"""How many clients are in which rooms, in the whole cluster? Each process counts its own when somebody asks."""

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from realtime import leases
from realtime.database import in_thread
from realtime.hub.hub import Hub
from realtime.protocol.json import dumps, loads
from realtime.rooms import PROCESSES, Room
from realtime.sending import Send

logger = logging.getLogger(__name__)

ASKED, ANSWERED = "census.asked", "census.answered"
# A process that doesn't answer for so long has stopped or hangs. Seconds.
PATIENCE = 2.0


@dataclass(slots=True)
class Census:
    """`clients`: who is in at least one room. `rooms`: negocio and topic of those that somebody is in -> how many."""

    clients: int = 0
    rooms: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: "Census") -> None:
        self.clients += other.clients
        self.rooms.update(other.rooms)


def count(hub: Hub, negocio_ids: Collection[int]) -> Census:
    """This process's part."""
    census, clients = Census(), set[str]()
    for key, room in hub.rooms.items():
        if isinstance(key, Room) and key.negocio_id in negocio_ids and len(room):
            census.rooms[key.negocio, key.topic] = len(room)
            clients.update(member.id for member in room.everyone())
    census.clients = len(clients)
    return census


@dataclass(slots=True)
class Question:
    """What is being asked: the answers by process, and whether all that are waited for have come."""

    waited_for: Collection[str] = ()
    answers: dict[str, Census] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)


class CensusTaker:
    """Asks all processes, and answers for this one, whose own group is `group`."""

    def __init__(self, process: str, group: str, hub: Hub, send: Send) -> None:
        self._process, self._group, self._hub, self._send = process, group, hub, send
        self._questions: dict[str, Question] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, negocio_ids: Collection[int]) -> Census:
        """The census of these negocios; of a process that doesn't answer in time nothing is known. Raises what the
        database and the channel layer raise.
        """
        id, question = uuid.uuid4().hex, Question()
        question.answers[self._process] = count(self._hub, negocio_ids)
        others = set(await in_thread(leases.living, "web")) - {self._process}
        self._questions[id] = question
        try:
            if others:
                await self._ask(id, negocio_ids)
                await self._wait(question, others)
        finally:
            del self._questions[id]
        census = Census()
        for answer in question.answers.values():
            census.add(answer)
        return census

    def asked(self, message: Mapping[str, Any]) -> None:
        """Another process wants to know."""
        if message["by"] == self._process:
            return
        census = count(self._hub, set(message["negocios"]))
        rooms = [[*room, members] for room, members in census.rooms.items()]
        body = dumps({"clients": census.clients, "rooms": rooms}).decode()
        answer = {"type": ANSWERED, "id": message["id"], "by": self._process, "body": body}
        task = asyncio.create_task(self._answer(message["group"], answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def answered(self, message: Mapping[str, Any]) -> None:
        """Another process says what it knows."""
        question = self._questions.get(message["id"])
        if question is not None:
            body = loads(message["body"])
            rooms = Counter({(negocio, topic): members for negocio, topic, members in body["rooms"]})
            question.answers[message["by"]] = Census(body["clients"], rooms)
            question.news.set()

    async def _ask(self, id: str, negocio_ids: Collection[int]) -> None:
        message = {"type": ASKED, "id": id, "by": self._process, "group": self._group, "negocios": list(negocio_ids)}
        await self._send(PROCESSES, message)

    async def _wait(self, question: Question, others: set[str]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while missing := others - question.answers.keys():
                    question.news.clear()
                    await question.news.wait()
        except TimeoutError:
            logger.warning("not counted: the clients of %s", ", ".join(sorted(missing)))

    async def _answer(self, group: str, answer: dict[str, Any]) -> None:
        try:
            await self._send(group, answer)
        except Exception as error:
            logger.warning("a count of clients could not be sent: %s", error)
