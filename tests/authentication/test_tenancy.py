"""Does the process know who is who, without asking for every connection, and forget it in time?"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from dashboards.models import Membership, Negocio, NegocioKey
from realtime import tenancy as module
from realtime.authentication.admission import principal_of_token
from realtime.authentication.errors import AuthenticationFailed
from realtime.authentication.principal import Principal
from realtime.tenancy import Directory, Person, Tenancy, read_directory, read_memberships
from tests.authentication.tokens import NEGOCIO_SECRET, OTHER_SECRET, FakeTenancy, holds, signed

THEIRS, OURS = Person("7", own=False), Person("7", own=True)


def negocio(code: str, **fields: Any) -> Negocio:
    return Negocio.objects.create(code=code, name=code, kind="citas", **fields)


def judged(token: str, **request: str) -> Principal:
    """The principal of a token by what is in the database now."""

    class Now(FakeTenancy):
        async def memberships(self, person: Person) -> Any:
            return members[person.own]

    members = {own: read_memberships(Person("7", own)) for own in (True, False)}
    known: Any = Now(read_directory())
    return asyncio.run(principal_of_token(token, known, **request))


@pytest.mark.django_db
class TestRows:
    """What the rows say."""

    def test_the_directory_knows_active_negocios_and_their_active_keys(self, django_assert_num_queries: Any) -> None:
        one = negocio("one", hosts=["One.Example", "1.example"], external_admin_id="7")
        two = negocio("two", external_admin_id="7", anonymous_read=True)
        off = negocio("off", hosts=["off.example"], external_admin_id="7", active=False)
        for owner, secret, active in ((one, "a", True), (one, "b", True), (two, "c", False), (off, "d", True)):
            NegocioKey.objects.create(negocio=owner, secret=secret, active=active)
        with django_assert_num_queries(2):
            known = read_directory()
        assert set(known.by_code) == {"one", "two"}
        assert set(known.by_id) == {one.pk, two.pk}
        assert {host: tenant.code for host, tenant in known.by_host.items()} == {
            "one.example": "one", "1.example": "one",
        }  # fmt: skip
        assert {tenant.code for tenant in known.by_admin["7"]} == {"one", "two"}
        assert "" not in known.by_admin
        assert known.keys == {"a": "one", "b": "one"}
        assert [known.by_code[code].anonymous_read for code in ("one", "two")] == [False, True]

    def test_memberships_of_our_users_and_of_theirs_are_told_apart(self) -> None:
        user = get_user_model().objects.create_user("ana")
        one, two = negocio("one"), negocio("two")
        Membership.objects.create(negocio=one, user=user, role="staff")
        Membership.objects.create(negocio=two, external_user_id=str(user.pk), role="admin")
        assert read_memberships(Person(str(user.pk), own=True)) == {"one": "staff"}
        assert read_memberships(Person(str(user.pk), own=False)) == {"two": "admin"}

    def test_who_is_inactive_or_whose_negocio_is_belongs_nowhere(self) -> None:
        user = get_user_model().objects.create_user("ana")
        Membership.objects.create(negocio=negocio("off", active=False), user=user)
        assert read_memberships(Person(str(user.pk), own=True)) == {}
        Membership.objects.create(negocio=negocio("on"), user=user)
        assert set(read_memberships(Person(str(user.pk), own=True))) == {"on"}
        get_user_model().objects.update(is_active=False)
        assert read_memberships(Person(str(user.pk), own=True)) == {}

    def test_a_superuser_administers_every_active_negocio_but_only_as_one_of_ours(self) -> None:
        root = get_user_model().objects.create_superuser("root")
        negocio("off", active=False)
        Membership.objects.create(negocio=negocio("on"), user=root, role="client")
        negocio("other")
        assert read_memberships(Person(str(root.pk), own=True)) == {"on": "admin", "other": "admin"}
        assert read_memberships(Person(str(root.pk), own=False)) == {}

    @pytest.mark.parametrize("id", ["", "x", "-1", "1.5", "٣", "99999999999999999999999", "1 OR 1=1", "'"])
    def test_an_id_that_is_none_of_ours_belongs_nowhere(self, id: str) -> None:
        negocio("on")
        assert read_memberships(Person(id, own=True)) == {}
        assert read_memberships(Person(id, own=False)) == {}

    def test_a_revoked_key_verifies_nothing(self) -> None:
        key = NegocioKey.objects.create(negocio=negocio("one"), secret=NEGOCIO_SECRET)
        NegocioKey.objects.create(negocio=key.negocio, secret=OTHER_SECRET)
        assert holds(judged(signed(NEGOCIO_SECRET))) == {"one": "ADMIN"}
        NegocioKey.objects.filter(pk=key.pk).update(active=False)
        with pytest.raises(AuthenticationFailed):
            judged(signed(NEGOCIO_SECRET))
        assert holds(judged(signed(OTHER_SECRET))) == {"one": "ADMIN"}

    def test_an_inactive_negocio_is_held_by_nobody(self, settings: Any) -> None:
        settings.DEFAULT_NEGOCIO = {"citas": "one"}
        one = negocio("one", hosts=["one.example"], external_admin_id="7")
        NegocioKey.objects.create(negocio=one, secret=NEGOCIO_SECRET)
        Membership.objects.create(negocio=one, external_user_id="7")
        tokens = [signed(NEGOCIO_SECRET), signed(negocio_id="one"), signed()]
        for token in tokens:
            assert holds(judged(token, host="one.example", kind="citas")).keys() == {"one"}
        Negocio.objects.update(active=False)
        for token in tokens:
            with pytest.raises(AuthenticationFailed):
                judged(token, host="one.example", kind="citas")


class Rows:
    """A fake database: what is read, how often, and a gate that a reading waits at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory, self.roles = Directory(), {"one": "staff"}
        self.reads = self.people = 0
        self.gate = threading.Event()
        self.gate.set()
        monkeypatch.setattr(module, "read_directory", self._directory)
        monkeypatch.setattr(module, "read_memberships", self._memberships)

    def _directory(self) -> Directory:
        self.reads += 1
        seen = self.directory
        self.gate.wait(10)
        return seen

    def _memberships(self, person: Person) -> dict[str, str]:
        self.people += 1
        seen = dict(self.roles)
        self.gate.wait(10)
        return seen


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    return Rows(monkeypatch)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_what_is_known_is_kept_for_a_minute(rows: Rows) -> None:
    clock = Clock()
    tenancy = Tenancy(clock)
    for _ in range(3):
        await tenancy.directory()
        assert await tenancy.memberships(THEIRS) == {"one": "staff"}
    assert (rows.reads, rows.people) == (1, 1)
    clock.now += module.LIFETIME + 1
    await tenancy.directory()
    await tenancy.memberships(THEIRS)
    await tenancy.memberships(OURS)
    assert (rows.reads, rows.people) == (2, 3)


async def test_what_is_too_old_is_not_told_while_something_newer_is_read(rows: Rows) -> None:
    clock = Clock()
    tenancy = Tenancy(clock)
    await tenancy.directory()
    clock.now += module.LIFETIME + 1
    rows.directory = Directory(keys={"new": "one"})
    rows.gate.clear()
    asked = [asyncio.ensure_future(tenancy.directory()) for _ in range(2)]
    await until(lambda: rows.reads == 2)
    rows.gate.set()
    assert [found.keys for found in await asyncio.gather(*asked)] == [{"new": "one"}] * 2


async def test_all_who_ask_at_once_share_one_reading(rows: Rows) -> None:
    tenancy = Tenancy(Clock())
    await asyncio.gather(*(tenancy.directory() for _ in range(100)))
    assert rows.reads == 1


async def test_who_gives_up_waiting_does_not_end_the_reading(rows: Rows) -> None:
    tenancy = Tenancy(Clock())
    rows.gate.clear()
    impatient, patient = (asyncio.ensure_future(tenancy.directory()) for _ in range(2))
    await until(lambda: rows.reads == 1)
    impatient.cancel()
    await asyncio.sleep(0)
    rows.gate.set()
    assert await patient is rows.directory
    assert rows.reads == 1


async def test_what_is_forgotten_is_read_anew(rows: Rows) -> None:
    tenancy = Tenancy(Clock())
    await tenancy.directory()
    await tenancy.memberships(THEIRS)
    rows.directory, rows.roles = Directory(keys={"new": "one"}), {}
    tenancy.forget()
    assert (await tenancy.directory()).keys == {"new": "one"}
    assert await tenancy.memberships(THEIRS) == {}


async def test_a_reading_under_way_does_not_outlive_a_change(rows: Rows) -> None:
    """It may have begun before the change was committed; kept, it would be believed for a minute."""
    tenancy = Tenancy(Clock())
    rows.gate.clear()
    asked = asyncio.ensure_future(tenancy.directory()), asyncio.ensure_future(tenancy.memberships(THEIRS))
    await until(lambda: (rows.reads, rows.people) == (1, 1))
    rows.directory, rows.roles = Directory(keys={"new": "one"}), {}
    tenancy.forget()
    rows.gate.set()
    await asyncio.gather(*asked)
    assert (await tenancy.directory()).keys == {"new": "one"}
    assert await tenancy.memberships(THEIRS) == {}


async def test_who_asks_after_a_change_does_not_get_a_reading_from_before(rows: Rows) -> None:
    tenancy = Tenancy(Clock())
    rows.gate.clear()
    before = asyncio.ensure_future(tenancy.directory())
    await until(lambda: rows.reads == 1)
    rows.directory = Directory(keys={"new": "one"})
    tenancy.forget()
    after = asyncio.ensure_future(tenancy.directory())
    await asyncio.sleep(0.02)
    rows.gate.set()
    assert (await after).keys == {"new": "one"}
    await before


async def test_newer_is_read_after_it_was_asked_for(rows: Rows) -> None:
    clock = Clock()
    tenancy = Tenancy(clock)
    await tenancy.directory()
    clock.now += 1
    rows.directory = Directory(keys={"new": "one"})
    assert (await tenancy.newer()).keys == {"new": "one"}
    assert rows.reads == 2


async def test_a_crowd_of_unknown_tokens_is_one_reading(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    tenancy = Tenancy()
    await tenancy.directory()
    await asyncio.gather(*(tenancy.newer() for _ in range(200)))
    assert rows.reads == 2


async def test_a_failed_reading_is_everybodys_and_the_next_is_tried(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenancy = Tenancy(Clock())

    def fail() -> Directory:
        raise OSError("away")

    with monkeypatch.context() as broken:
        broken.setattr(module, "read_directory", fail)
        with pytest.raises(OSError, match="away"):
            await tenancy.directory()
    assert await tenancy.directory() is rows.directory


async def test_people_are_forgotten_before_they_are_too_many(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PEOPLE", 10)
    tenancy = Tenancy(Clock())
    for number in range(25):
        await tenancy.memberships(Person(str(number), own=False))
    assert len(tenancy._people) <= 10
