"""Which negocios are there, and who belongs to them? Cached, so that a connect with a token costs no statement."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Exists

from dashboards.models import Membership, Negocio, NegocioKey
from dashboards.sources import is_fetched
from realtime import hosts
from realtime.database import in_thread

LIFETIME = 60.0
# However many unknown tokens come, the directory is read no more often than this for them. Seconds.
PATIENCE = 0.25
MOST_PEOPLE = 50_000


@dataclass(frozen=True, slots=True)
class Tenant:
    """What the transport knows of a negocio; `id` is internal, `code` what the wire says. `anonymous_read`: anybody
    may read what it shows, by its own row or by ANONYMOUS_READ. `backend_url`: who says which rooms its users may join.
    `fetched`: its figures come from its team's own API.
    """

    id: int
    code: str
    name: str
    kind: str
    time_zone: str
    external_admin_id: str
    hosts: frozenset[str]
    anonymous_read: bool
    backend_url: str = ""
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class Directory:
    """All active negocios and their signing keys, as of one moment."""

    by_code: Mapping[str, Tenant] = field(default_factory=dict)
    by_id: Mapping[int, Tenant] = field(default_factory=dict)
    by_host: Mapping[str, Tenant] = field(default_factory=dict)
    by_admin: Mapping[str, tuple[Tenant, ...]] = field(default_factory=dict)
    # secret -> code
    keys: Mapping[str, str] = field(default_factory=dict)

    def default_for(self, dialect_or_kind: str) -> Tenant | None:
        """The negocio that DEFAULT_NEGOCIO names for a dialect or route."""
        return self.by_code.get(settings.DEFAULT_NEGOCIO.get(dialect_or_kind, ""))

    def defaults(self) -> list[Tenant]:
        """Every negocio that DEFAULT_NEGOCIO names."""
        return [self.by_code[code] for code in settings.DEFAULT_NEGOCIO.values() if code in self.by_code]


@dataclass(frozen=True, slots=True)
class Person:
    """Whose memberships: one of our own users (by Django key), or a user id of a team's own system."""

    id: str
    own: bool


def read_directory() -> Directory:
    """The directory, in two statements."""
    tenants = [
        Tenant(
            row.pk, row.code, row.name, row.kind, row.time_zone, row.external_admin_id,
            frozenset(host.lower() for host in row.hosts), row.anonymous_read or row.code in settings.ANONYMOUS_READ,
            _backend_of(row), is_fetched(row),
        )
        for row in Negocio.objects.filter(active=True)
    ]  # fmt: skip
    by_admin: dict[str, tuple[Tenant, ...]] = {}
    for tenant in tenants:
        if tenant.external_admin_id:
            by_admin[tenant.external_admin_id] = (*by_admin.get(tenant.external_admin_id, ()), tenant)
    keys = NegocioKey.objects.filter(active=True, negocio__active=True).values_list("secret", "negocio__code")
    return Directory(
        by_code={tenant.code: tenant for tenant in tenants},
        by_id={tenant.id: tenant for tenant in tenants},
        by_host={host: tenant for tenant in tenants for host in tenant.hosts},
        by_admin=by_admin,
        keys=dict(keys),
    )


def _backend_of(row: Negocio) -> str:
    """Its own, else BACKEND_URL for the default negocio of its kind."""
    is_default = settings.DEFAULT_NEGOCIO.get(row.kind) == row.code
    return row.backend_url or (settings.BACKEND_URL if is_default else "")


def read_memberships(person: Person) -> dict[str, str]:
    """Code of each active negocio that the person belongs to -> role. An active superuser administers them all."""
    rows = Membership.objects.filter(negocio__active=True).values_list("negocio__code", "role")
    if not person.own:
        return dict(rows.filter(external_user_id=person.id))
    if not (person.id.isascii() and person.id.isdigit()):
        return {}
    user = get_user_model().objects.filter(pk=int(person.id), is_active=True)
    everywhere = Negocio.objects.filter(Exists(user.filter(is_superuser=True)), active=True).order_by()
    roles = dict(rows.filter(user__in=user))
    return roles | dict.fromkeys(everywhere.values_list("code", flat=True), Membership.Role.ADMIN.value)


class Tenancy:
    """The process's cache of negocios, keys and memberships: at most LIFETIME old, dropped on change.

    `clock` is monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._directory: Directory | None = None
        self._people: dict[Person, tuple[float, dict[str, str]]] = {}
        self._reading: asyncio.Task[Directory] | None = None
        # When the last reading began.
        self._read_at = float("-inf")

    def forget(self) -> None:
        """Something changed: read anew at the next question. What is being read now may be older: nobody keeps it."""
        self._directory = self._reading = None
        self._people = {}

    async def directory(self) -> Directory:
        """The directory; all who ask while it is read share one reading."""
        if self._directory is not None and self._clock() - self._read_at < LIFETIME:
            return self._directory
        if self._reading is None or self._reading.done():
            self._directory, self._read_at = None, self._clock()
            self._reading = asyncio.create_task(self._read())
        return await asyncio.shield(self._reading)

    async def newer(self) -> Directory:
        """A directory read after this was asked: for who names a negocio or key that isn't known yet."""
        asked = self._clock()
        await asyncio.sleep(PATIENCE - (asked - self._read_at))
        if self._read_at < asked:
            self.forget()
        return await self.directory()

    async def memberships(self, person: Person) -> Mapping[str, str]:
        """Code -> role of the negocios that the person is a member of."""
        people, asked = self._people, self._clock()
        known = people.get(person)
        if known is not None and asked - known[0] < LIFETIME:
            return known[1]
        roles = await in_thread(read_memberships, person)
        if len(people) >= MOST_PEOPLE:
            people.clear()
        people[person] = (asked, roles)
        return roles

    async def _read(self) -> Directory:
        directory = await in_thread(read_directory)
        if self._reading is asyncio.current_task():
            self._directory = directory
            hosts.bind(directory.by_host)
        return directory


tenancy = Tenancy()


def directory_now() -> Directory:
    """The directory, from synchronous code."""
    return async_to_sync(tenancy.directory)()
