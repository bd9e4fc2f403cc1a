"""What does a connection do about what its client asks? Each command put to may(), carried out, answered."""

import asyncio
import datetime as dt
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from realtime.authentication.admission import principal_of_token
from realtime.authentication.credentials import Credentials
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import NOBODY, Principal
from realtime.authorization import Action, may
from realtime.backends import BackendUnavailable
from realtime.complaints import in_a_line
from realtime.consumers.addressing import meant_room
from realtime.consumers.chores import Chores
from realtime.consumers.resuming import place_of, resume
from realtime.consumers.subscriptions import Subscriptions
from realtime.consumers.unasked import join_until_it_works, serve_own_topics
from realtime.hub.outlet import Outlet
from realtime.limits.joins import TooMany
from realtime.node import node
from realtime.passing import carries_token, pass_on
from realtime.permission import Permission, permission
from realtime.protocol import commands, errors
from realtime.protocol.dialects import Dialect
from realtime.rooms import Room
from realtime.tenancy import tenancy
from realtime.updates import rfc3339

logger = logging.getLogger(__name__)


class Client(Protocol):
    """What carrying out a command needs of a connection."""

    id: str
    outlet: Outlet
    renderer: Dialect
    principal: Principal
    credentials: Credentials
    subscriptions: Subscriptions
    silence_over: bool
    serving: asyncio.Lock
    chores: Chores

    def answer(self, type: str, id: Any, fields: Mapping[str, Any]) -> None: ...
    def fail(self, failure: errors.Failure, detail: str = "", id: Any = None) -> None: ...
    def write(self, text: str | bytes | None) -> None: ...
    def too_slow(self) -> None: ...
    def watch_expiry(self) -> None: ...
    async def close(self, code: int) -> None: ...


async def obey(client: Client, command: commands.Command) -> None:
    """Carry out the command. The connection stays, whatever fails; a peer that went away ends it by an OSError."""
    try:
        await _carry_out(client, command)
    except OSError:
        raise
    except Exception as error:
        logger.warning("a frame can't be answered now: %s", in_a_line(error))
        client.fail(errors.UNAVAILABLE, id=getattr(command, "id", None))


async def _carry_out(client: Client, command: commands.Command) -> None:
    match command:
        case commands.Authenticate():
            await _authenticate(client, command)
        case commands.Subscribe():
            await _subscribe(client, command)
        case commands.Unsubscribe():
            await _unsubscribe(client, command)
        case commands.AskPresence():
            await _tell_presence(client, command)
        case commands.Fetch():
            await _fetch(client, command)
        case commands.PassOn():
            await _pass_on(client, command)
        case commands.Ping(id):
            client.answer("pong", id, {"now": rfc3339(dt.datetime.now(dt.UTC))})
        case commands.Malformed(failure, detail, id):
            client.fail(failure, detail, id)


async def _authenticate(client: Client, command: commands.Authenticate) -> None:
    credentials, dialect = client.credentials, client.renderer
    try:
        principal = await principal_of_token(
            command.token, tenancy, credentials.host, dialect.kind or "", credentials.user
        )
    except AuthenticationFailed:
        if dialect.says_why:
            client.fail(errors.INVALID_TOKEN)
        await client.close(dialect.unauthorized)
        return
    if client.principal.user and principal.user != client.principal.user:
        client.fail(errors.OTHER_USER, id=command.id)
        return
    if not node().occupancy.has_room(principal, client):
        client.fail(errors.TOO_MANY_CONNECTIONS, id=command.id)
        await client.close(errors.CloseCode.TOO_MANY_CONNECTIONS)
        return
    node().occupancy.count(client, principal)
    client.principal = principal
    client.watch_expiry()
    client.subscriptions.known_as(principal)
    client.subscriptions.keep_allowed(principal, await tenancy.directory())
    fields = {"user": principal.user, "negocios": list(principal.holds), "expires_at": principal.expires_at}
    client.answer("authenticated", command.id, fields)
    if client.silence_over:
        await serve_own_topics(client, await tenancy.directory())


async def _subscribe(client: Client, command: commands.Subscribe) -> None:
    permitted = await _permission(client, Action.READ, command.negocio, command.topic)
    if isinstance(permitted, errors.Failure):
        client.fail(permitted, command.topic, command.id)
        return
    room = permitted.room
    try:
        if command.since is not None:
            await resume(client, room, permitted.verdict, command)
            return
        joined = await client.subscriptions.join(room, permitted.verdict)
    except TooMany:
        client.fail(errors.TOO_MANY_JOINS, command.topic, command.id)
        return
    except Exception as error:
        logger.warning("%s can't be joined now: %s", room.name, in_a_line(error))
        client.fail(errors.UNAVAILABLE, id=command.id)
        if client.renderer.failure(errors.UNAVAILABLE) is None:
            client.chores.start(partial(_join_late, client, room))
        return
    if room in client.subscriptions:  # else it is told why: the right to it ended meanwhile
        client.answer("subscribed", command.id, place_of(room, joined, recovered=False))
        client.subscriptions.show(room)


async def _join_late(client: Client, room: Room) -> None:
    await join_until_it_works(client, room)
    client.subscriptions.show(room)


async def _unsubscribe(client: Client, command: commands.Unsubscribe) -> None:
    room = await _room(client, command.negocio, command.topic)
    if isinstance(room, Room) and client.subscriptions.leave(room):
        client.answer("unsubscribed", command.id, {"room": room.name})
    else:
        # Whether there is a negocio that it doesn't hold, nobody learns.
        is_theirs = isinstance(room, Room) and room.negocio not in client.principal.holds
        failure = room if isinstance(room, errors.Failure) else errors.NOT_SUBSCRIBED
        client.fail(errors.FORBIDDEN if is_theirs else failure, command.topic, command.id)


async def _tell_presence(client: Client, command: commands.AskPresence) -> None:
    permitted = await _permission(client, Action.PRESENCE, command.negocio, command.topic)
    if isinstance(permitted, errors.Failure):
        client.fail(permitted, command.topic, command.id)
        return
    present = await node().attendance.present(permitted.room)
    fields = {"room": permitted.room.name, "count": present.count, "users": present.users}
    client.answer("presence", command.id, fields)


async def _fetch(client: Client, command: commands.Fetch) -> None:
    """The client joins the room, whose state is kept up to date: asking again costs no statement."""
    permitted = await _permission(client, Action.READ, command.negocio, command.topic)
    if isinstance(permitted, errors.Failure):
        client.fail(permitted, command.name)
        return
    joined = await client.subscriptions.join(permitted.room, permitted.verdict)
    if permitted.room in client.subscriptions:
        client.write(client.renderer.fetched(command.name, joined.snapshot()))


async def _pass_on(client: Client, command: commands.PassOn) -> None:
    permitted = await _permission(client, Action.PASS_ON, command.negocio, command.topic)
    if isinstance(permitted, Permission) and (
        carries_token(command.document) or (command.members_only and permitted.room not in client.subscriptions)
    ):
        permitted = errors.FORBIDDEN
    if isinstance(permitted, errors.Failure):
        client.fail(permitted, command.type)
        return
    room = permitted.room
    try:
        await pass_on(room, client.id, command.type, command.document, command.echo)
    except Exception as error:
        logger.warning("a client's %s was lost: %s", command.type, in_a_line(error))


async def _permission(client: Client, action: Action, negocio: str | None, topic: str) -> Permission | errors.Failure:
    room = await _room(client, negocio, topic)
    if isinstance(room, errors.Failure):
        return room
    if action is not Action.PRESENCE and room not in client.subscriptions and client.subscriptions.full:
        return errors.TOO_MANY_ROOMS
    tenant = (await tenancy.directory()).by_code.get(room.negocio)
    if action is Action.PASS_ON:  # no question for every frame: what was answered at the join counts
        verdict = client.subscriptions.verdict(room)
        return Permission(room, verdict) if may(client.principal, action, room, tenant, verdict) else errors.FORBIDDEN
    try:
        return await permission(client.principal, action, room, tenant) or errors.FORBIDDEN
    except BackendUnavailable:
        return errors.UNAVAILABLE


async def _room(client: Client, negocio: str | None, topic: str) -> Room | errors.Failure:
    """The room that is meant, whether or not the client may do anything there."""
    if client.principal is NOBODY:
        return errors.NOT_AUTHENTICATED
    return meant_room(client, negocio, topic, await tenancy.directory())
