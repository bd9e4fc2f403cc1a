"""Which tables do all kinds share?"""

from dashboards.models.attachment import AttachedNegocio, Attachment
from dashboards.models.change import Change
from dashboards.models.negocio import Negocio, NegocioKey, Owned
from dashboards.models.people import Membership
from dashboards.models.tally import Tally

__all__ = ["AttachedNegocio", "Attachment", "Change", "Membership", "Negocio", "NegocioKey", "Owned", "Tally"]
