"""Two negocios of each kind, whose rows can't be mistaken for each other's, and people of the first one."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connections, models, transaction
from django.test import Client as Browser

from dashboards.kinds import Kind, kinds
from dashboards.models import Membership, Negocio, NegocioKey
from notifications.service_keys import new_key
from realtime.authentication.own import page_token
from tests.acceptance.clients import token
from tests.admin.rows import a_row, number_from_one
from tests.authentication.tokens import forged, signed

OURS, THEIRS = "gallina", "raposa"
OUR_SECRET, THEIR_SECRET = (f"the secret with which the {who} signs its tokens" for who in (OURS, THEIRS))
# Theirs are so many rows, of such amounts, that no figure of ours is in their range.
MANY = 1_500
LEAST_OF_THEIRS, MOST_OF_THEIRS = 1_000, 10**9
# These numbers say nothing of anybody's rows.
NEUTRAL = {"timestamp", "version", "seq", "expires_at", "id", "code", "uptime"}
_numbers = count(1_000_000)  # others number rows from 1


def code(who: str, kind: str) -> str:
    return f"{who}-{kind}"


def open_negocios() -> None:
    """Both negocios of every kind, with their rows, keys and people."""
    # Ours first: rows are numbered, and the numbers of ours have to stay small.
    number_from_one()
    for who, secret in ((OURS, OUR_SECRET), (THEIRS, THEIR_SECRET)):
        for kind in kinds().values():
            negocio = Negocio.objects.create(
                code=code(who, kind.name), name=f"{who} {kind.name}", kind=kind.name,
                external_admin_id=f"{who}-{kind.name}-admin", hosts=[f"{who}-{kind.name}.example"],
            )  # fmt: skip
            NegocioKey.objects.create(negocio=negocio, secret=f"{secret}: {kind.name}")
            Membership.objects.create(negocio=negocio, external_user_id=f"{who}-member", role="admin")
            fill(kind, negocio, who)
    user = get_user_model().objects.create_user(OURS, is_staff=True)
    for kind in kinds().values():
        Membership.objects.create(negocio=Negocio.objects.get(code=code(OURS, kind.name)), user=user, role="admin")


def tables(kind: Kind) -> list[type[models.Model]]:
    return [model for model in apps.get_app_config(kind.name).get_models() if not model._meta.proxy]


def fill(kind: Kind, negocio: Negocio, who: str) -> None:
    """A row of each table for us, many with large amounts for them."""
    for model in tables(kind):
        row = a_row(model, negocio, who)
        if who == THEIRS:
            model._base_manager.bulk_create(list(copies(row)), ignore_conflicts=True)
        amounts = {
            field.name: 98_765 for field in model._meta.concrete_fields if isinstance(field, models.DecimalField)
        }
        if who == THEIRS and amounts:
            model._base_manager.filter(negocio=negocio).update(**amounts)


def text(who: str, field: Any) -> str:
    """A text of theirs or ours that nobody else has."""
    return f"{who} {next(_numbers)}"[: field.max_length]


def copies(row: Any) -> Iterator[Any]:
    """The row again and again, told apart where that must be."""
    texts = [
        field.attname for field in row._meta.concrete_fields
        if isinstance(field, models.CharField) and not field.choices and not isinstance(field, models.EmailField)
    ]  # fmt: skip
    for _ in range(MANY):
        again = copy(row)
        again.pk = None
        for name in texts:
            setattr(again, name, text(THEIRS, row._meta.get_field(name)))
        yield again


@contextmanager
def busy(pause: float = 0.05) -> Iterator[None]:
    """Everybody's rows change all the time, theirs and sometimes ours."""
    stop = threading.Event()
    thread = threading.Thread(target=_change, args=(stop, pause))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _change(stop: threading.Event, pause: float) -> None:
    rows = [
        (model._base_manager.filter(negocio__code=code(who, kind.name)), field.name, who)
        for kind in kinds().values()
        for model in kind.moves
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField) and not field.choices and not field.unique
        for who in (THEIRS, OURS)
    ]
    while not stop.is_set():
        for query, name, who in rows:
            if stop.wait(pause):
                break
            first = query.order_by("-pk").first()
            if first is not None:
                setattr(first, name, text(who, first._meta.get_field(name)))
                with suppress(IntegrityError), transaction.atomic():  # a name that may not be so odd
                    first.save()
    connections.close_all()


def leaks(document: Any) -> list[Any]:
    """What in a document is theirs: their mark in a text, or a number that only they can have."""
    found: list[Any] = []
    if isinstance(document, Mapping):
        for name, value in document.items():
            found += leaks(name) + ([] if name in NEUTRAL and isinstance(value, int | float) else leaks(value))
    elif isinstance(document, list):
        for value in document:
            found += leaks(value)
    elif isinstance(document, str):
        found += [document] if THEIRS in document.lower() else []
    elif isinstance(document, int | float) and LEAST_OF_THEIRS <= document < MOST_OF_THEIRS:
        found.append(document)
    return found


def leaks_of_text(text: str) -> list[Any]:
    try:
        return leaks(json.loads(text))
    except ValueError:
        return [text] if f"{THEIRS} " in text.lower() else []


@dataclass(frozen=True)
class Person:
    """How somebody asks: by a token, from a host, in a session."""

    name: str
    token: str | None = None
    host: str | None = None
    cookie: str | None = None


def session(user: Any) -> str:
    """The session cookie of a logged-in user."""
    browser = Browser()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def people(kind: str) -> list[Person]:
    """Everybody who holds our negocio of the kind, in every way; and some who hold nothing."""
    ours, theirs = code(OURS, kind), code(THEIRS, kind)
    key = f"{OUR_SECRET}: {kind}"
    claiming: dict[str, Any] = {
        "id": f"{theirs}-admin", "user_id": f"{THEIRS}-member", "sub": f"{THEIRS}-member", "negocio_id": theirs,
        "negocios": [theirs, ours], "role": "admin_sistema", "rol": "Admin", "seller_id": theirs, "aud": theirs,
        "iss": settings.OWN_ISSUER,
    }  # fmt: skip
    own = get_user_model().objects.get(username=OURS)
    return [
        Person("claims ours", token(ours)),
        Person("claims ours, as a client", token(ours, role="cliente")),
        Person("our key", signed(key)),
        Person("our key, every claim theirs", signed(key, **claiming)),
        Person("our key, other forms of claims", signed(key, **claiming | {"negocio_id": [theirs], "negocios": None})),
        Person("our member", signed(id=f"{OURS}-member", role=None)),
        Person("our member, at their host", signed(id=f"{OURS}-member", role=None), f"{theirs}.example"),
        Person("our administrator", signed(id=f"{ours}-admin", role=None)),
        Person("our user", page_token(own)),
        Person("our user's session", None, None, session(own)),
        Person("our service key", new_key(Negocio.objects.get(code=ours), "prueba")),
        Person("nobody"),
        Person("nobody, at their host", None, f"{theirs}.example"),
        Person("nobody, with an empty token", ""),
        Person("theirs, expired", token(theirs, ttl=-60)),
        Person("theirs, to refresh", token(theirs, token_type="refresh")),
        Person("theirs, of a wrong key", signed("nobody's secret, but as long as it takes", negocio_id=theirs)),
        Person("theirs, unsigned", forged({"alg": "none"}, {"id": "7", "negocio_id": theirs, "exp": time.time() + 60})),
    ]
