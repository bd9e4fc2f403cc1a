"""Two negocios of one kind, a person who works for the first, and rows of every model in both."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from dashboards.admin.owned import kind_of
from dashboards.models import Membership, Negocio
from tests.admin.browsing import MODELS
from tests.admin.rows import a_negocio, a_row, a_user

OURS, THEIRS = "gallina", "zorro"


@dataclass
class World:
    """`ours` and `theirs` are a row of the model in the negocio of the person and in the other one."""

    model: type[Model]
    mine: Negocio
    other: Negocio
    ours: Any
    theirs: Any
    client: Client

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that the other negocio has, as PostgreSQL has it."""
        return {model._meta.label: list(rows_of(model, self.other).order_by("pk").values()) for model in MODELS}


def rows_of(model: type[Model], negocio: Negocio) -> Any:
    if issubclass(model, Negocio):
        return model._base_manager.filter(pk=negocio.pk)
    if any(field.attname == "negocio_id" for field in model._meta.concrete_fields):
        return model._base_manager.filter(negocio_id=negocio.pk)
    return model._base_manager.filter(username__startswith=THEIRS)


@pytest.fixture
def world(db: None) -> Callable[..., World]:
    def build(model: type[Model], role: str) -> World:
        kind = kind_of(model) or "citas"
        mine, other = a_negocio(kind, OURS), a_negocio(kind, THEIRS)
        person = a_user(OURS, is_staff=True)
        Membership.objects.create(negocio=mine, user=person, role=role)
        for every in MODELS:
            if kind_of(every) in (None, kind):
                a_row(every, mine, OURS)
                a_row(every, other, THEIRS)
        client = Client(raise_request_exception=True)
        client.force_login(person)
        return World(model, mine, other, a_row(model, mine, OURS), a_row(model, other, THEIRS), client)

    return build


@pytest.fixture
def platform(db: None) -> Client:
    client = Client()
    client.force_login(a_user("platform", is_staff=True, is_superuser=True))
    return client
