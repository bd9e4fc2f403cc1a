"""Which tables of other programs are read, for whom, and is anything wrong with them? To look at only."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from dashboards.admin.owned import BaseAdmin, ModelAdmin, TabularInline
from dashboards.admin.scope import scope_of
from dashboards.models import AttachedNegocio, Attachment


class LookOnly(BaseAdmin):
    """Mixin: `attach` and `detach` make and end them, platform admins look at them."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return scope_of(request).everything

    def has_module_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).everything


class AttachedNegocioInline(LookOnly, TabularInline):
    model = AttachedNegocio
    fields = ("negocio", "key", "made")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("negocio")


@admin.register(Attachment)
class AttachmentAdmin(LookOnly, ModelAdmin):
    inlines = (AttachedNegocioInline,)
    list_display = ("kind", "place", "layout", "size", "state", "checked_at")
    list_filter = ("kind",)
    search_fields = ("schema", "negocios__negocio__code", "error")
    fields = ("state", "kind", "schema", "server", "layout", "mapping", "time_zone", "attached_at", "checked_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(size=Count("negocios"))
        return counted

    @admin.display(description="negocios", ordering="size")
    def size(self, attachment: Any) -> int:
        return int(attachment.size)

    @admin.display(description="estado", ordering="error")
    def state(self, attachment: Attachment) -> str:
        if not attachment.error:
            return "bien"
        return format_html('<strong class="errornote">{}</strong>', attachment.error)
