"""How do a negocio's admins tend its service keys and alert rules, and write notices to its people?"""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from dashboards.admin.owned import NegocioScopedAdmin
from dashboards.admin.scope import ADMIN
from notifications.alerts.admin import AlertRuleAdmin
from notifications.models import Notice, ServiceKey
from notifications.notices import announce

__all__ = ["AlertRuleAdmin", "NoticeAdmin", "ServiceKeyAdmin"]


@admin.register(ServiceKey)
class ServiceKeyAdmin(NegocioScopedAdmin):
    """A key's text can't be shown, so none is made here. The negocio's own admins tend them, its staff doesn't."""

    roles = ADMIN

    list_display = ("name", "negocio", "active", "last_used_at", "created_at")
    list_filter = ("active",)
    search_fields = ("name", "negocio__name", "negocio__code")
    list_select_related = ("negocio",)
    readonly_fields = ("last_used_at", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Notice)
class NoticeAdmin(NegocioScopedAdmin):
    """A notice is told when it is made; what was told can't be changed."""

    roles = ADMIN
    list_display = ("message", "level", "starts", "ends", "created_by", "created_at", "negocio")
    list_filter = ("level", "created_at")
    list_select_related = ("negocio", "created_by")
    search_fields = ("message", "negocio__name", "negocio__code")
    fields = ("negocio", "level", "message", "starts", "ends", "action_required", "created_by", "created_at")
    readonly_fields = ("created_by", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj)] if obj is None else [*self.fields]

    def save_model(self, request: HttpRequest, obj: Notice, form: Any, change: bool) -> None:
        """Tell it in the transaction that keeps it."""
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        if not change:
            announce(obj)
