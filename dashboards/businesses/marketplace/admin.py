"""How does a marketplace's staff tend its orders, its catalogue and its people?"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from dashboards.admin.owned import NegocioScopedAdmin, OwnedInline, OwnRelatedFilter
from dashboards.businesses.marketplace.models import (
    Cart,
    Category,
    Client,
    Delivery,
    Inventory,
    Message,
    Order,
    PaymentMethod,
    Product,
    ProductOrder,
    Seller,
    SubCategory,
)

OF_NEGOCIO = ("negocio", OwnRelatedFilter)


def _becomes(status: Any, what: str) -> Callable[..., None]:
    """The bulk action that gives the chosen rows this status, in one statement."""

    @admin.action(description=f"Marcar como {status.label.lower()}", permissions=["change"])
    def action(page: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
        page.message_user(request, f"{rows.update(status=status)} {what}: {status.label.lower()}.", messages.SUCCESS)

    action.__name__ = str(status.value)
    return action


@admin.register(Seller)
class SellerAdmin(NegocioScopedAdmin):
    list_display = ("name", "business_name", "email", "phone", "location", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("negocio",)
    date_hierarchy = "created_at"
    search_fields = ("name", "business_name", "email", "external_id", "negocio__code")


@admin.register(Client)
class ClientAdmin(NegocioScopedAdmin):
    list_display = ("name", "email", "phone", "address", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("negocio",)
    date_hierarchy = "created_at"
    search_fields = ("name", "email", "phone", "document_number", "external_id", "negocio__code")


class SubCategoryInline(OwnedInline):
    model = SubCategory


@admin.register(Category)
class CategoryAdmin(NegocioScopedAdmin):
    inlines = (SubCategoryInline,)
    list_display = ("name", "description", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("negocio",)
    search_fields = ("name", "external_id", "negocio__code")


@admin.register(SubCategory)
class SubCategoryAdmin(NegocioScopedAdmin):
    list_display = ("name", "category", "negocio")
    list_filter = (OF_NEGOCIO, ("category", OwnRelatedFilter))
    list_select_related = ("category", "negocio")
    search_fields = ("name", "category__name", "external_id", "negocio__code")
    autocomplete_fields = ("negocio", "category")


@admin.register(Inventory)
class InventoryAdmin(NegocioScopedAdmin):
    list_display = ("wire_id", "seller", "updated_at", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("seller", "negocio")
    search_fields = ("seller__name", "seller__business_name", "external_id", "negocio__code")
    autocomplete_fields = ("negocio", "seller")


@admin.register(Product)
class ProductAdmin(NegocioScopedAdmin):
    list_display = ("name", "seller", "category", "price", "stock", "status", "negocio")
    list_filter = ("status", OF_NEGOCIO, ("category", OwnRelatedFilter))
    list_select_related = ("seller", "category", "negocio")
    search_fields = ("name", "seller__name", "seller__business_name", "external_id", "negocio__code")
    autocomplete_fields = ("negocio", "seller", "inventory", "category", "sub_category")
    actions = tuple(_becomes(status, "productos") for status in Product.Status)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(NegocioScopedAdmin):
    list_display = ("name", "details", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("negocio",)
    search_fields = ("name", "external_id", "negocio__code")


@admin.register(Cart)
class CartAdmin(NegocioScopedAdmin):
    list_display = ("wire_id", "client", "product", "quantity", "status", "negocio")
    list_filter = ("status", OF_NEGOCIO)
    list_select_related = ("client", "product", "negocio")
    search_fields = ("client__name", "product__name", "external_id", "negocio__code")
    autocomplete_fields = ("negocio", "client", "product")


@admin.register(Delivery)
class DeliveryAdmin(NegocioScopedAdmin):
    list_display = ("wire_id", "address", "city", "person", "status", "estimated_time", "negocio")
    list_filter = ("status", OF_NEGOCIO)
    list_select_related = ("negocio",)
    search_fields = ("address", "city", "person", "external_id", "negocio__code")
    autocomplete_fields = ("negocio", "product")
    actions = tuple(_becomes(status, "entregas") for status in Delivery.Status)


class LineInline(OwnedInline):
    model = ProductOrder
    autocomplete_fields = ("product",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product")


@admin.register(Order)
class OrderAdmin(NegocioScopedAdmin):
    inlines = (LineInline,)
    list_display = ("wire_id", "client", "status", "delivery_type", "total_amount", "order_date", "negocio")
    list_filter = ("status", "delivery_type", "order_date", OF_NEGOCIO)
    list_select_related = ("client", "negocio")
    date_hierarchy = "order_date"
    search_fields = ("external_id", "client__name", "client__email")
    autocomplete_fields = ("negocio", "client", "cart", "payment_method", "delivery")
    show_full_result_count = False
    actions = tuple(_becomes(status, "pedidos") for status in Order.Status)


@admin.register(Message)
class MessageAdmin(NegocioScopedAdmin):
    list_display = ("timestamp", "sender", "room", "recipient", "content", "negocio")
    list_filter = ("type", OF_NEGOCIO)
    list_select_related = ("negocio",)
    date_hierarchy = "timestamp"
    search_fields = ("sender", "recipient", "room", "content")
    show_full_result_count = False
