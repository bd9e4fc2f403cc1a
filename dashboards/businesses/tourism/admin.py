"""How does a tour operator's staff tend what it offers and what was booked?"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from dashboards.admin.owned import NegocioScopedAdmin, OwnRelatedFilter
from dashboards.businesses.tourism.models import (
    Contratacion,
    Destino,
    Guia,
    Recomendacion,
    Reserva,
    Servicio,
    Tour,
    Usuario,
)

OF_NEGOCIO = ("negocio", OwnRelatedFilter)


class OfferAdmin(NegocioScopedAdmin):
    list_select_related: ClassVar[tuple[str, ...]] = ("negocio",)
    search_fields: ClassVar[tuple[str, ...]] = ("nombre", "external_id", "negocio__code")


@admin.register(Destino)
class DestinoAdmin(OfferAdmin):
    list_display = ("nombre", "pais", "estado", "negocio")
    list_filter = ("estado", OF_NEGOCIO)


@admin.register(Guia)
class GuiaAdmin(OfferAdmin):
    list_display = ("nombre", "especialidad", "idiomas", "activo", "negocio")
    list_filter = ("activo", OF_NEGOCIO)


@admin.register(Tour)
class TourAdmin(OfferAdmin):
    list_display = ("nombre", "destino", "guia", "precio", "activo", "negocio")
    list_filter = ("activo", OF_NEGOCIO, ("destino", OwnRelatedFilter))
    list_select_related = ("destino", "guia", "negocio")
    autocomplete_fields = ("negocio", "destino", "guia")


@admin.register(Servicio)
class ServicioAdmin(OfferAdmin):
    list_display = ("nombre", "tipo", "precio", "activo", "negocio")
    list_filter = ("activo", OF_NEGOCIO)


@admin.register(Usuario)
class UsuarioAdmin(OfferAdmin):
    list_display = ("nombre", "email", "rol", "registrado_en", "negocio")
    list_filter = ("rol", OF_NEGOCIO)
    search_fields = ("nombre", "email", "external_id", "negocio__code")
    date_hierarchy = "registrado_en"


def _becomes(estado: Reserva.Estado) -> Callable[..., None]:
    """The bulk action that gives the chosen reservas this estado, in one statement."""

    @admin.action(description=f"Marcar como {estado.label.lower()}", permissions=["change"])
    def action(page: Any, request: HttpRequest, reservas: QuerySet[Reserva]) -> None:
        size = reservas.update(estado=estado)
        page.message_user(request, f"{size} reservas: {estado.label.lower()}.", messages.SUCCESS)

    action.__name__ = estado.value
    return action


@admin.register(Reserva)
class ReservaAdmin(NegocioScopedAdmin):
    list_display = ("tour", "usuario", "fecha", "personas", "monto", "estado", "creada_en", "negocio")
    list_filter = ("estado", "fecha", OF_NEGOCIO, ("tour", OwnRelatedFilter))
    list_select_related = ("tour", "usuario", "negocio")
    date_hierarchy = "fecha"
    search_fields = ("external_id", "tour__nombre", "usuario__nombre")
    autocomplete_fields = ("negocio", "tour", "usuario")
    show_full_result_count = False
    actions = tuple(_becomes(estado) for estado in Reserva.Estado)


@admin.register(Contratacion)
class ContratacionAdmin(NegocioScopedAdmin):
    list_display = ("servicio", "usuario", "precio", "creada_en", "negocio")
    list_filter = (OF_NEGOCIO, ("servicio", OwnRelatedFilter))
    list_select_related = ("servicio", "usuario", "negocio")
    date_hierarchy = "creada_en"
    search_fields = ("external_id", "servicio__nombre", "usuario__nombre")
    autocomplete_fields = ("negocio", "servicio", "usuario")
    show_full_result_count = False


@admin.register(Recomendacion)
class RecomendacionAdmin(NegocioScopedAdmin):
    list_display = ("titulo", "calificacion", "tipo", "referencia", "usuario", "creada_en", "negocio")
    list_filter = ("calificacion", "tipo", OF_NEGOCIO)
    list_select_related = ("usuario", "negocio")
    date_hierarchy = "creada_en"
    search_fields = ("external_id", "titulo", "referencia", "usuario__nombre")
    autocomplete_fields = ("negocio", "usuario")
