"""Which tokens do our own users get from /api/token?"""

from typing import Any

from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework_simplejwt.tokens import Token

from dashboards.models import Membership


class NegocioTokenSerializer(TokenObtainPairSerializer):
    """Access and refresh token of a user, with the codes of its negocios for the front-end's information.

    What the user holds is looked up, not believed: a membership that ends, ends the right at once.
    """

    @classmethod
    def get_token(cls, user: Any) -> Token:
        token: Token = super().get_token(user)
        codes = Membership.objects.filter(user=user, negocio__active=True).values_list("negocio__code", flat=True)
        token["negocios"] = list(codes)
        return token
