"""What does a client's connection go through: upgrade, dialect, token, subscriptions, frames, close?"""

import asyncio
import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from channels.exceptions import StopConsumer
from django.conf import settings

from realtime.authentication.admission import principal_of_token
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import NOBODY, Principal
from realtime.authorization import Action
from realtime.complaints import in_a_line
from realtime.consumers.addressing import room_of, silent_dialect, silent_negocio
from realtime.consumers.admission import Admission, Refusal, admit
from realtime.consumers.base import Event, SocketConsumer
from realtime.consumers.denial import refuse
from realtime.consumers.rates import Bucket
from realtime.consumers.repeats import Repeats, client_of
from realtime.consumers.subscriptions import Subscriptions
from realtime.hub.frames import Frame
from realtime.hub.outlet import Outlet, outlet_for
from realtime.hub.rooms import OpenRoom, RoomKey
from realtime.node import Node, node
from realtime.passing import carries_token, pass_on
from realtime.protocol import commands, errors
from realtime.protocol.dialects import Dialect, of_frame
from realtime.protocol.json import DecodeError, loads
from realtime.rooms import Room
from realtime.tenancy import Directory, tenancy
from realtime.updates import rfc3339

logger = logging.getLogger(__name__)

SILENCE = 0.5
AUTHENTICATION_DEADLINE = 10.0
FIRST_RETRY, LONGEST_RETRY = 0.5, 5.0

FULL = Refusal(503, "Too many connections")

Work = Callable[[], Coroutine[Any, Any, None]]
repeats = Repeats()


class ClientConsumer(SocketConsumer):
    """One connection; for the hub it is a Member (id, outlet, renderer, behind)."""

    id: str
    outlet: Outlet
    renderer: Dialect
    behind: set[RoomKey]

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self.behind = set()
        self.principal: Principal = NOBODY
        self._node: Node | None = None
        self._closing = False
        self._dialect: Dialect | None = None
        self._silence_over = False
        self._bucket = Bucket(at=time.monotonic())
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- Upgrade and close ----------------------------------------------------------------------------

    async def connected(self, message: Event) -> None:
        own = node()
        await own.ensure_started()
        admission: Admission | Refusal = FULL
        if own.connections < settings.MAX_CONNECTIONS:
            admission = await self._admission()
        if own.connections >= settings.MAX_CONNECTIONS:  # others were let in while this one was judged
            own.counts["connections_refused"] += 1
            admission = FULL
        if isinstance(admission, Refusal):
            await self._refuse(admission)
        else:
            await self._accept(own, admission)

    async def _admission(self) -> Admission | Refusal:
        try:
            return await admit(self.scope)
        except Exception as error:
            logger.warning("an upgrade can't be judged now: %s", in_a_line(error))
            return Refusal(503, "Temporarily unavailable")

    async def _refuse(self, refusal: Refusal) -> None:
        await refuse(self.scope, self.base_send, refusal.status, refusal.text)
        raise StopConsumer

    async def _accept(self, own: Node, admission: Admission) -> None:
        self._node, self.principal, self._credentials = own, admission.principal, admission.credentials
        self._subscriptions = Subscriptions(own.hub, self, repeats, client_of(admission.credentials))
        self.outlet = outlet_for(self.scope, self.base_send)
        own.connections += 1
        await self.base_send({"type": "websocket.accept", "subprotocol": admission.subprotocol})
        self.outlet.opened()
        self.outlet.on_drain = lambda: own.hub.drained(self)
        if admission.dialect is not None:
            self._speak(admission.dialect)
        self._later("silence", SILENCE, self._fell_silent)
        if self.principal is NOBODY:
            self._later("authentication", AUTHENTICATION_DEADLINE, self._never_authenticated)
        self._watch_expiry()

    async def close(self, code: int) -> None:
        """Close with a code, once; what was written before goes out first, what comes behind is not read."""
        if self._closing:
            return
        self._closing = True
        await self.outlet.flush()
        self.outlet.closed()
        await self.base_send({"type": "websocket.close", "code": code})

    def cleanup(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        if self._node is not None:
            self.outlet.on_drain = None
            self.outlet.closed()
            self._subscriptions.end()
            self._node.connections -= 1
            self._node = None

    # -- Dialect --------------------------------------------------------------------------------------

    def _speak(self, dialect: Dialect) -> None:
        """The dialect is decided, for good."""
        self._dialect = self.renderer = dialect
        self._watch_expiry()

    async def _fell_silent(self) -> None:
        """500 ms after the connect: decide the dialect if no frame has, and serve those who never ask."""
        self._silence_over = True
        try:
            directory = await tenancy.directory()
        except Exception as error:  # the client won't ask, so it is up to us to try again
            logger.warning("a silent client can't be served yet: %s", in_a_line(error))
            self._later("silence", FIRST_RETRY, self._fell_silent)
            return
        if self._dialect is None:
            dialect = silent_dialect(self.principal, self._credentials.host, directory)
            if dialect is None:
                return
            self._speak(dialect)
        await self._serve_own_topics(directory)

    async def _serve_own_topics(self, directory: Directory) -> None:
        dialect = self.renderer
        tenant = silent_negocio(self.principal, dialect.kind, self._credentials.host, directory)
        if tenant is None or len(self._subscriptions):
            return
        for topic in dialect.own_topics:
            room = room_of(self.principal, Action.READ, tenant.code, topic, directory)
            if isinstance(room, Room):
                await self._join_until_it_works(room)
                self._subscriptions.show(room, dialect.spares_repeats)

    # -- Tokens ---------------------------------------------------------------------------------------

    async def _never_authenticated(self) -> None:
        if self.principal is NOBODY:
            await self.close(errors.CloseCode.UNAUTHORIZED)

    def _watch_expiry(self) -> None:
        if timer := self._timers.pop("expiry", None):
            timer.cancel()
        expires = self.principal.expires_at
        dialect = self._dialect
        if expires is not None and dialect is not None and (dialect.closes_on_expiry or settings.CLOSE_ON_EXPIRY):
            self._later("expiry", max(0.0, expires - time.time()), partial(self.close, dialect.unauthorized))

    async def _authenticate(self, command: commands.Authenticate) -> None:
        credentials = self._credentials
        try:
            principal = await principal_of_token(
                command.token, tenancy, credentials.host, self.renderer.name, credentials.user
            )
        except AuthenticationFailed:
            await self.close(self.renderer.unauthorized)
            return
        if self.principal.user and principal.user != self.principal.user:
            self._fail(errors.OTHER_USER, id=command.id)
            return
        self.principal = principal
        self._watch_expiry()
        self._subscriptions.keep_allowed(principal, await tenancy.directory())
        fields = {
            "user": principal.user,
            "negocios": list(principal.holds),
            "expires_at": principal.expires_at,
        }
        self._answer("authenticated", command.id, fields)
        if self._silence_over:
            await self._serve_own_topics(await tenancy.directory())

    # -- Frames ---------------------------------------------------------------------------------------

    async def received(self, message: Event) -> None:
        assert self._node is not None
        if self._closing:
            return
        if not self._bucket.take(time.monotonic()):
            self._node.counts["frames_over_rate"] += 1
            return
        document = self._document(message)
        if document is None:
            return
        if self._dialect is None:
            dialect = of_frame(document)
            if dialect is None:
                self._node.counts["frames_ignored"] += 1
                return
            self._speak(dialect)
        await self._try_to_obey(self.renderer.read(document))

    def _document(self, message: Event) -> Mapping[str, Any] | None:
        text = message.get("text")
        if text is None:
            self._misunderstood(errors.BINARY_FRAME)
            return None
        try:
            document = loads(text)
        except DecodeError:
            self._misunderstood(errors.INVALID_JSON)
            return None
        if not isinstance(document, dict):
            self._misunderstood(errors.NOT_AN_OBJECT)
            return None
        return document

    def _misunderstood(self, failure: errors.Failure) -> None:
        assert self._node is not None
        self._node.counts["frames_malformed"] += 1
        self._fail(failure)

    async def _try_to_obey(self, command: commands.Command) -> None:
        """The connection stays, whatever fails; a peer that went away ends it."""
        try:
            await self._obey(command)
        except OSError:
            raise
        except Exception as error:
            logger.warning("a frame can't be answered now: %s", in_a_line(error))
            self._fail(errors.UNAVAILABLE, id=getattr(command, "id", None))

    async def _obey(self, command: commands.Command) -> None:
        match command:
            case commands.Authenticate():
                await self._authenticate(command)
            case commands.Subscribe():
                await self._subscribe(command)
            case commands.Unsubscribe():
                await self._unsubscribe(command)
            case commands.PassOn():
                await self._pass_on(command)
            case commands.Ping(id):
                self._answer("pong", id, {"now": rfc3339(dt.datetime.now(dt.UTC))})
            case commands.Malformed(failure, detail, id):
                self._fail(failure, detail, id)

    async def _room(self, action: Action, negocio: str | None, topic: str) -> Room | errors.Failure:
        if self.principal is NOBODY:
            return errors.NOT_AUTHENTICATED
        return room_of(self.principal, action, negocio, topic, await tenancy.directory())

    async def _subscribe(self, command: commands.Subscribe) -> None:
        room = await self._room(Action.READ, command.negocio, command.topic)
        if isinstance(room, Room) and self._subscriptions.full and room not in self._subscriptions:
            room = errors.TOO_MANY_ROOMS
        if isinstance(room, errors.Failure):
            self._fail(room, command.topic, command.id)
            return
        try:
            joined = await self._subscriptions.join(room)
        except Exception as error:
            logger.warning("%s can't be joined now: %s", room.name, in_a_line(error))
            self._fail(errors.UNAVAILABLE, id=command.id)
            if self.renderer.failure(errors.UNAVAILABLE) is None:
                self._start(partial(self._join_late, room))
            return
        fields = {"room": room.name, "seq": 0, "epoch": joined.epoch, "recovered": False}
        self._answer("subscribed", command.id, fields)
        self._subscriptions.show(room)

    async def _join_late(self, room: Room) -> None:
        await self._join_until_it_works(room)
        self._subscriptions.show(room)

    async def _join_until_it_works(self, room: Room) -> OpenRoom:
        """For clients that can't be told to try again."""
        pause = FIRST_RETRY
        while True:
            try:
                return await self._subscriptions.join(room)
            except Exception as error:
                logger.warning("%s can't be joined yet: %s", room.name, in_a_line(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_RETRY)

    async def _unsubscribe(self, command: commands.Unsubscribe) -> None:
        room = await self._room(Action.READ, command.negocio, command.topic)
        if isinstance(room, Room) and self._subscriptions.leave(room):
            self._answer("unsubscribed", command.id, {"room": room.name})
        else:
            failure = room if isinstance(room, errors.Failure) else errors.NOT_SUBSCRIBED
            self._fail(failure, command.topic, command.id)

    async def _pass_on(self, command: commands.PassOn) -> None:
        room = await self._room(Action.PASS_ON, command.negocio, command.topic)
        if isinstance(room, Room) and not carries_token(command.document):
            try:
                await pass_on(room, self.id, command.type, command.document)
            except Exception as error:
                logger.warning("a client's %s was lost: %s", command.type, error)

    # -- Answers --------------------------------------------------------------------------------------

    def _answer(self, type: str, id: Any, fields: Mapping[str, Any]) -> None:
        self._write(self.renderer.answer(type, id, fields))

    def _fail(self, failure: errors.Failure, detail: str = "", id: Any = None) -> None:
        if self._dialect is not None:
            self._write(self._dialect.failure(failure, detail, id))

    def _write(self, text: str | bytes | None) -> None:
        if text is not None:
            self.outlet.insist(Frame.of(text))

    # -- Time -----------------------------------------------------------------------------------------

    def _later(self, name: str, delay: float, work: Work) -> None:
        self._timers[name] = asyncio.get_running_loop().call_later(delay, self._start, work)

    def _start(self, work: Work) -> None:
        task = asyncio.create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Work) -> None:
        """Work beside the frames: whatever fails is one line in the log, and the connection stays."""
        try:
            await work()
        except OSError:
            pass  # the peer is gone
        except Exception as error:
            logger.warning("%s: %s", getattr(work, "__name__", "work"), in_a_line(error))
