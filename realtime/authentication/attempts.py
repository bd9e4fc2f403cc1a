"""How often may somebody try passwords? So many failures a minute for a name from an address; then it waits."""

import hashlib
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

WINDOW = 60  # seconds


def connect() -> None:
    """Count every login that fails: on a page, in the admin, for a token."""
    admin.site.login_form = PatientAdminForm
    user_login_failed.connect(_count, dispatch_uid="realtime.attempts")


def too_many(request: HttpRequest, name: str) -> bool:
    """Has it failed too often lately? Each process counts for itself."""
    return int(cache.get(_key(request, name), 0)) >= settings.LOGIN_FAILURES_A_MINUTE


class TokenThrottle(BaseThrottle):
    """429 for /api/token after too many failures."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        name = request.data.get("username", "") if isinstance(request.data, dict) else ""
        return not too_many(request._request, str(name))

    def wait(self) -> float:
        return WINDOW


class PatientForm(AuthenticationForm):
    """A login form that answers no more after too many failures."""

    def clean(self) -> dict[str, Any]:
        if self.request is not None and too_many(self.request, self.cleaned_data.get("username", "")):
            raise ValidationError("Demasiados intentos. Espera un minuto.", code="too_many")
        return super().clean()


class PatientAdminForm(PatientForm, AdminAuthenticationForm):
    """The admin's."""


def _count(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:
        key = _key(request, str(credentials.get("username", "")))
        cache.add(key, 0, WINDOW)
        with suppress(ValueError):  # the minute has just ended
            cache.incr(key)


def _key(request: HttpRequest, name: str) -> str:
    # The address as the server knows it; a header could name any.
    told = f"{request.META.get('REMOTE_ADDR', '')} {name.lower()}"
    return f"login-failures-{hashlib.sha256(told.encode(errors='replace')).hexdigest()}"
