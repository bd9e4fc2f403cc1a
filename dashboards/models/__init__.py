"""Which tables do all kinds share?"""

from dashboards.models.change import Change
from dashboards.models.negocio import Negocio, NegocioKey, Owned
from dashboards.models.people import Membership

__all__ = ["Change", "Membership", "Negocio", "NegocioKey", "Owned"]
