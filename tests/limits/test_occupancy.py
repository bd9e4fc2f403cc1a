"""Does one user, or one negocio, leave room for the others?"""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from realtime.authentication.claims import Identity
from realtime.authentication.principal import NOBODY, Principal, Proof, Standing
from realtime.limits.occupancy import Occupancy

pytestmark = pytest.mark.usefixtures("limits")


@pytest.fixture(name="limits")
def _limits() -> Iterator[None]:
    with override_settings(MAX_CONNECTIONS_PER_USER=2, MAX_CONNECTIONS_PER_NEGOCIO=3):
        yield


def of(user: str, *negocios: str, key: str | None = None, own: bool = False) -> Principal:
    proof = Proof(Identity(user, "", None, None, (), 0.0, own), key, "secret")
    return Principal(user, dict.fromkeys(negocios, Standing.CLIENT), proof=proof)


def anonymous(*negocios: str) -> Principal:
    return Principal("", dict.fromkeys(negocios, Standing.CLIENT), anonymous=True)


def enter(occupancy: Occupancy, principal: Principal, connection: object) -> bool:
    if not occupancy.has_room(principal, connection):
        return False
    occupancy.count(connection, principal)
    return True


def test_a_user_gets_so_many_and_not_one_more() -> None:
    occupancy = Occupancy()
    assert [enter(occupancy, of("7", "bakery"), number) for number in range(3)] == [True, True, False]
    assert enter(occupancy, of("8", "bakery"), "other")


def test_who_left_makes_room_once() -> None:
    occupancy = Occupancy()
    for number in range(2):
        enter(occupancy, of("7", "bakery"), number)
    occupancy.leave(0)
    occupancy.leave(0)
    assert [enter(occupancy, of("7", "bakery"), number) for number in (2, 3)] == [True, False]


def test_the_same_id_by_another_key_is_another_user() -> None:
    occupancy = Occupancy()
    people = [of("7", "a"), of("7", "b", key="b"), of("7", "c", own=True)]
    assert all(enter(occupancy, person, (id(person), number)) for person in people for number in range(2))


def test_a_negocio_gets_so_many_whoever_they_are() -> None:
    occupancy = Occupancy()
    crowd = [*(of(str(number), "bakery") for number in range(2)), anonymous("bakery"), anonymous("bakery")]
    assert [enter(occupancy, each, number) for number, each in enumerate(crowd)] == [True, True, True, False]
    assert enter(occupancy, anonymous("garage"), "other")


def test_who_holds_several_needs_room_in_one() -> None:
    occupancy = Occupancy()
    for number in range(3):
        enter(occupancy, of(str(number), "bakery"), number)
    assert enter(occupancy, of("boss", "bakery", "garage"), "boss")
    assert not enter(occupancy, of("baker", "bakery"), "baker")


def test_a_connection_doesnt_stand_in_its_own_way() -> None:
    occupancy = Occupancy()
    for number in range(2):
        enter(occupancy, of("7", "bakery"), number)
    assert enter(occupancy, of("7", "bakery", "garage"), 1)
    assert not enter(occupancy, of("7", "bakery"), 2)


def test_a_connection_counts_for_what_it_turned_out_to_be() -> None:
    occupancy = Occupancy()
    for number in range(3):
        enter(occupancy, NOBODY, number)
        occupancy.count(number, of("7", f"negocio-{number}"))
    assert not occupancy.has_room(of("7", "another"))
    for number in range(3):
        occupancy.leave(number)
    assert occupancy.has_room(of("7", "another"))
