"""Which tokens do our own users get: from /api/token, and for their own pages?"""

import datetime as dt
from typing import Any, cast

from django.contrib.auth.signals import user_logged_in
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework_simplejwt.tokens import RefreshToken, Token

from dashboards.models import Membership

# A page renews it over the socket before it ends; what is copied out of a browser is soon worthless.
PAGE_LIFETIME = dt.timedelta(minutes=5)


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

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        """Who gets a token for a password logs in."""
        tokens: dict[str, str] = super().validate(attrs)
        user_logged_in.send(sender=type(self.user), request=self.context.get("request"), user=self.user)
        return tokens


def page_token(user: Any) -> str:
    """The access token with which a logged-in user's page opens its socket; good for PAGE_LIFETIME."""
    access = cast(RefreshToken, NegocioTokenSerializer.get_token(user)).access_token
    access.set_exp(lifetime=PAGE_LIFETIME)
    return str(access)
