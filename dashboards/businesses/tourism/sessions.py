"""What is told when somebody logs in here? Django's user_logged_in knows; whoever listens to it asks this module."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from dashboards.businesses.tourism.events import fact_key
from dashboards.kinds import Telling
from dashboards.models import Membership

TYPE = "usuario_inicio_sesion"


def login_telling(user: AbstractBaseUser, rol: str) -> Telling:
    """What a negocio in which the user has this role is told of the login."""
    nombre = _name_of(user)
    data: dict[str, Any] = {"userId": user.pk, "nombre": nombre, "rol": rol}
    return Telling(TYPE, data, f"{nombre} inició sesión.", key=fact_key(TYPE, data))


def login_tellings(user: AbstractBaseUser) -> Mapping[int, Telling]:
    """Key of each active tour operator in which the user has a role -> what it is told of the login."""
    roles = Membership.objects.filter(user_id=user.pk, negocio__kind="tourism", negocio__active=True)
    return {negocio_id: login_telling(user, rol) for negocio_id, rol in roles.values_list("negocio_id", "role")}


def _name_of(user: AbstractBaseUser) -> str:
    full_name: str = getattr(user, "get_full_name", str)()
    return full_name or user.get_username()
