"""How are service keys tended in the admin? Listed and switched off; made by `manage.py service_key`."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from dashboards.admin.owned import NegocioScopedAdmin
from dashboards.admin.scope import ADMIN
from notifications.models import ServiceKey


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
