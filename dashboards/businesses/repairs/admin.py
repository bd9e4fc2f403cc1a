"""How does a repair shop's staff tend its orders, people, equipment and services?"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest

from dashboards.admin.owned import NegocioScopedAdmin, OwnedInline, OwnRelatedFilter
from dashboards.businesses.repairs.models import (
    Client,
    Equipment,
    Person,
    RepairOrder,
    RepairOrderDetail,
    RepairOrderPart,
    Service,
    Technician,
)
from dashboards.businesses.repairs.models.order import Status

OF_NEGOCIO = ("negocio", OwnRelatedFilter)


class PeopleAdmin(NegocioScopedAdmin):
    list_select_related = ("negocio",)
    search_fields = ("name", "last_name", "email", "phone", "external_id", "negocio__code")
    date_hierarchy = "created_at"


@admin.register(Person)
class PersonAdmin(PeopleAdmin):
    list_display = ("name", "last_name", "role", "email", "phone", "active", "negocio")
    list_filter = ("role", "active", OF_NEGOCIO)


@admin.register(Client)
class ClientAdmin(PeopleAdmin):
    exclude = ("role", "specialty")
    list_display = ("name", "last_name", "email", "phone", "active", "negocio")
    list_filter = ("active", OF_NEGOCIO)


@admin.register(Technician)
class TechnicianAdmin(PeopleAdmin):
    exclude = ("role",)
    list_display = ("name", "last_name", "specialty", "email", "active", "negocio")
    list_filter = ("active", OF_NEGOCIO)


@admin.register(Equipment)
class EquipmentAdmin(NegocioScopedAdmin):
    list_display = ("name", "brand", "model", "category", "client", "negocio")
    list_filter = (OF_NEGOCIO, "category")
    list_select_related = ("client", "negocio")
    search_fields = ("name", "brand", "model", "external_id", "negocio__code")
    autocomplete_fields = ("negocio", "client")


@admin.register(Service)
class ServiceAdmin(NegocioScopedAdmin):
    list_display = ("name", "base_price", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("negocio",)
    search_fields = ("name", "description", "external_id", "negocio__code")


class DetailInline(OwnedInline):
    model = RepairOrderDetail
    autocomplete_fields = ("service", "technician")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("service", "technician")


class PartInline(OwnedInline):
    model = RepairOrderPart


def _becomes(status: Status) -> Callable[..., None]:
    """The bulk action that gives the chosen orders this status, in one statement, as RepairOrder.save would."""

    @admin.action(description=f"Marcar como {status.label.lower()}", permissions=["change"])
    def action(page: Any, request: HttpRequest, orders: QuerySet[RepairOrder]) -> None:
        delivered = Coalesce("delivered_at", Now()) if status == Status.DELIVERED else None
        size = orders.update(status=status, updated_at=Now(), delivered_at=delivered)
        page.message_user(request, f"{size} órdenes: {status.label.lower()}.", messages.SUCCESS)

    action.__name__ = status.value.lower()
    return action


@admin.register(RepairOrder)
class RepairOrderAdmin(NegocioScopedAdmin):
    inlines = (DetailInline, PartInline)
    list_display = ("wire_id", "equipment", "client", "status", "final_cost", "created_at", "negocio")
    list_filter = ("status", "created_at", OF_NEGOCIO)
    list_select_related = ("equipment", "client", "negocio")
    date_hierarchy = "created_at"
    search_fields = ("external_id", "problem_description", "equipment__name", "client__name", "client__last_name")
    autocomplete_fields = ("negocio", "equipment", "client")
    readonly_fields = ("updated_at", "delivered_at")
    show_full_result_count = False
    actions = tuple(_becomes(status) for status in Status)
