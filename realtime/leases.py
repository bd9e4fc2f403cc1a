"""Which processes are alive, which rooms do they watch, who has which duty? The rows behind it, by PostgreSQL's clock.

Every function is synchronous, one or two statements, and may be called by any number of processes at once.
"""

import os
import socket
import uuid
from collections.abc import Collection, Mapping

from django.db import connection

# A process or duty is taken for dead so long after its last renewal. Seconds.
LEASE = 8
RENEWAL = 2.0
# A user is present in a room for so long after its last socket there closed, or its process was last heard of. Seconds.
GRACE = 15

Watched = tuple[int, str]
# Negocio id, topic and user.
Attendee = tuple[int, str, str]


def new_process_id() -> str:
    """A name for this process that no other has, which a person can recognise."""
    return f"{socket.gethostname()[:32]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def renew_process(process: str, role: str) -> bool:
    """The process lives; True where it was not known (any more), and with it what it watches."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO processes (id, role, until) VALUES (%s, %s, now() + make_interval(secs => %s)) "
            "ON CONFLICT (id) DO UPDATE SET until = excluded.until RETURNING xmax = 0",
            [process, role, LEASE],
        )
        (is_new,) = cursor.fetchone()
    return bool(is_new)


def clear_dead_processes() -> None:
    """Forget processes that died long ago, and what they watched."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM processes WHERE until < now() - interval '1 min'")
        cursor.execute("DELETE FROM watches w WHERE NOT EXISTS (SELECT FROM processes p WHERE p.id = w.process_id)")


def end_process(process: str) -> None:
    """The process stops: what it held is free at once."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM watches WHERE process_id = %s", [process])
        cursor.execute("DELETE FROM leases WHERE holder = %s", [process])
        cursor.execute("DELETE FROM processes WHERE id = %s", [process])


def living(role: str) -> list[str]:
    """The processes of a role, in a fixed order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM processes WHERE role = %s AND until > now() ORDER BY id", [role])
        return [id for (id,) in cursor.fetchall()]


def write_watches(process: str, opened: Collection[Watched], closed: Collection[Watched]) -> None:
    """The process began and stopped watching rooms (negocio id, topic)."""
    with connection.cursor() as cursor:
        if closed:
            cursor.execute(
                "DELETE FROM watches WHERE process_id = %s AND (negocio_id, topic) IN "
                "(SELECT * FROM unnest(%s::bigint[], %s::text[]))",
                [process, *_columns(closed)],
            )
        if opened:
            cursor.execute(
                "INSERT INTO watches (process_id, negocio_id, topic) "
                "SELECT %s, * FROM unnest(%s::bigint[], %s::text[]) ON CONFLICT DO NOTHING",
                [process, *_columns(opened)],
            )


def clear_watches(process: str) -> None:
    """The process watches nothing."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM watches WHERE process_id = %s", [process])


def watched() -> list[Watched]:
    """The rooms (negocio id, topic) that somebody in the cluster watches."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT negocio_id, topic FROM watches JOIN processes p ON p.id = process_id "
            "WHERE p.until > now() ORDER BY 1, 2"
        )
        return list(cursor.fetchall())


def write_attendees(process: str, sockets: Mapping[Attendee, int]) -> None:
    """So many sockets these users have in rooms of the process now; those with none have just left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO attendees (process_id, negocio_id, topic, user_id, sockets, left_at) "
            "SELECT %s, negocio_id, topic, user_id, sockets, CASE WHEN sockets = 0 THEN now() END "
            "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[]) AS t (negocio_id, topic, user_id, sockets) "
            "ON CONFLICT (process_id, negocio_id, topic, user_id) "
            "DO UPDATE SET sockets = excluded.sockets, left_at = excluded.left_at",
            [process, *map(list, zip(*sockets, strict=True)), list(sockets.values())],
        )


def attendees(room: Watched, but: str) -> dict[str, int]:
    """The users present in a room by all processes but one -> their sockets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT user_id, sum(sockets)::int FROM attendees LEFT JOIN processes p ON p.id = process_id "
            "WHERE negocio_id = %s AND topic = %s AND process_id <> %s "
            "AND coalesce(left_at, p.until - make_interval(secs => %s)) > now() - make_interval(secs => %s) "
            "GROUP BY user_id",
            [*room, but, LEASE, GRACE],
        )
        return dict(cursor.fetchall())


def leave_all(process: str) -> None:
    """The process stops: its users have left just now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE attendees SET sockets = 0, left_at = now() WHERE process_id = %s AND left_at IS NULL", [process]
        )


def forget_the_dead() -> None:
    """Forget processes that died long ago, and what they watched; who left long ago, or was with one of them."""
    clear_dead_processes()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM attendees a WHERE left_at < now() - make_interval(secs => %s) "
            "OR (left_at IS NULL AND NOT EXISTS (SELECT FROM processes p WHERE p.id = a.process_id))",
            [GRACE],
        )


def hold(duties: Collection[str], process: str) -> set[str]:
    """Take or renew these duties; returns those that no other process has."""
    with connection.cursor() as cursor:
        # In one order, so that two processes can't each wait for the other.
        cursor.execute(
            "INSERT INTO leases AS l (name, holder, until) "
            "SELECT name, %s, now() + make_interval(secs => %s) FROM unnest(%s::text[]) AS name ORDER BY name "
            "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
            "WHERE l.until < now() OR l.holder = excluded.holder RETURNING name",
            [process, LEASE, list(duties)],
        )
        return {name for (name,) in cursor.fetchall()}


def is_held(duty: str, process: str) -> bool:
    """Does the process have the duty now?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM leases WHERE name = %s AND holder = %s AND until > now()", [duty, process])
        return cursor.fetchone() is not None


def runs_out_in(duties: Collection[str]) -> float:
    """Seconds until the first of the duties is free if its holder says nothing more; 0 or less where one is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(min(extract(epoch FROM until - now())), 0)::float FROM leases WHERE name = ANY(%s)",
            [list(duties)],
        )
        return float(cursor.fetchone()[0])


def _columns(watched: Collection[Watched]) -> tuple[list[int], list[str]]:
    return [negocio for negocio, _ in watched], [topic for _, topic in watched]
