"""Who starts and stops the private PostgreSQL, and when?"""

import psycopg
import pytest

from realtime.embedded.locks import is_held
from tests.embedded.conftest import Holder, Place


def stopped(holder: Holder) -> bool:
    return not is_held(holder.home / "server.lock")


def test_second_process_attaches_and_the_last_one_stops(used_place: Place) -> None:
    first = used_place.hold()
    assert first.postmaster
    second = used_place.hold()
    assert second.facts == first.facts
    first.leave()
    assert second.query("SELECT 1") == 1
    second.leave()
    assert stopped(second)


def test_owner_stops_the_server_whoever_uses_it(used_place: Place) -> None:
    other = used_place.hold()
    assert other.postmaster
    owner = used_place.hold("--owner")
    assert owner.postmaster == other.postmaster
    owner.leave()
    assert stopped(owner)
    other.leave()


def test_two_starts_at_once_share_one_server(place: Place) -> None:
    holders = [place.hold() for _ in range(3)]
    assert len({holder.postmaster for holder in holders}) == 1


def test_acquire_and_release_are_idempotent(used_place: Place) -> None:
    server = used_place.server()
    address = server.acquire()
    assert server.acquire() is address
    server.release()
    server.release()
    assert not is_held(server.home.server_lock)
    assert server.acquire() == address  # port and password are kept
    server.release()


def test_leaving_ends_open_connections(used_place: Place) -> None:
    server = used_place.server()
    with psycopg.connect(server.acquire().url) as connection:
        connection.execute("SELECT 1")
        server.release()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_destroy_leaves_nothing(place: Place) -> None:
    server = place.server()
    server.acquire()
    server.destroy()
    assert not server.home.path.exists()
    server.destroy()
