"""Who is told of a login, and what?"""

import pytest
from django.contrib.auth import get_user_model

from dashboards.businesses.tourism.sessions import login_telling, login_tellings
from dashboards.businesses.tourism.tests.operator import Operator
from dashboards.kinds import Telling
from dashboards.models import Membership, Negocio

pytestmark = pytest.mark.django_db


def test_a_login_is_told_as_the_wire_has_it() -> None:
    user = get_user_model().objects.create_user("recepcion", first_name="Ana", last_name="Lara")
    assert login_telling(user, "staff") == Telling(
        "usuario_inicio_sesion",
        {"userId": user.pk, "nombre": "Ana Lara", "rol": "staff"},
        "Ana Lara inició sesión.",
        key=f"usuario_inicio_sesion/{user.pk}",
    )


def test_a_user_without_a_name_is_called_as_it_logs_in() -> None:
    user = get_user_model().objects.create_user("recepcion")
    assert login_telling(user, "admin").data["nombre"] == "recepcion"


def test_a_login_is_told_to_the_active_tour_operators_of_the_user_only(shop: Operator, other: Operator) -> None:
    user = get_user_model().objects.create_user("recepcion")
    shut = Negocio.objects.create(code="cerrada", name="Cerrada", kind="tourism", active=False)
    barber = Negocio.objects.create(code="barberia", name="Barbería", kind="citas")
    for negocio, role in ((shop.negocio, "admin"), (shut, "staff"), (barber, "staff")):
        Membership.objects.create(negocio=negocio, user=user, role=role)
    assert login_tellings(user) == {shop.negocio.pk: login_telling(user, "admin")}
