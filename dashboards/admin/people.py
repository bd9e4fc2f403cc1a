"""Who may use the platform, and who works where?"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest

from dashboards.admin.owned import NegocioScopedAdmin, OwnRelatedFilter, Scoped, TabularInline
from dashboards.admin.scope import ADMIN, scope_of
from dashboards.models import Membership

if TYPE_CHECKING:
    UserPage = UserAdmin[Any]
else:
    UserPage = UserAdmin

User = get_user_model()
admin.site.unregister(User)
# Membership decides what a person may do here, so groups of Django permissions have no use.
admin.site.unregister(Group)


class ForPeople(Scoped):
    """Mixin: a platform admin looks among all users, a negocio's admin among those who already work there."""

    roles = ADMIN

    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        fields = super().get_autocomplete_fields(request)
        return fields if scope_of(request).everything else ()


class MembershipInline(ForPeople, TabularInline):
    model = Membership
    fields = ("user", "external_user_id", "role")
    autocomplete_fields = ("user",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "negocio")


@admin.register(Membership)
class MembershipAdmin(ForPeople, NegocioScopedAdmin):
    form = forms.ModelForm
    fields = ("negocio", "user", "external_user_id", "role")
    list_display = ("person", "role", "negocio")
    list_filter = ("role", ("negocio", OwnRelatedFilter))
    list_select_related = ("negocio", "user")
    search_fields = ("user__username", "external_user_id", "negocio__name", "negocio__code")
    autocomplete_fields = ("negocio", "user")

    @admin.display(description="persona", ordering="user__username")
    def person(self, membership: Membership) -> str:
        return str(membership.user or membership.external_user_id)


class SeatInline(TabularInline):
    model = Membership
    fields = ("negocio", "role")
    autocomplete_fields = ("negocio",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "negocio")


@admin.register(User)
class UserOfPulsoAdmin(UserPage):
    """Users of the whole platform, so for platform admins only."""

    inlines = (SeatInline,)
    list_display = ("username", "email", "seats", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Persona", {"fields": ("first_name", "last_name", "email")}),
        ("Acceso", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Fechas", {"fields": ("last_login", "date_joined")}),
    )
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(seat_count=Count("memberships"))

    @admin.display(description="negocios", ordering="seat_count")
    def seats(self, user: Any) -> int:
        return int(user.seat_count)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).everything

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return scope_of(request).everything

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission
