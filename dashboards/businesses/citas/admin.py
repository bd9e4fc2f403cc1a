"""How does a negocio's staff tend its queue?"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from dashboards.admin.owned import NegocioScopedAdmin, OwnedInline, OwnRelatedFilter
from dashboards.businesses.citas.models import Cita, Estacion, Horario, Servicio


class HorarioInline(OwnedInline):
    model = Horario


@admin.register(Estacion)
class EstacionAdmin(NegocioScopedAdmin):
    inlines = (HorarioInline,)
    list_display = ("nombre", "activa", "negocio")
    list_filter = ("activa", ("negocio", OwnRelatedFilter))
    list_select_related = ("negocio",)
    search_fields = ("nombre", "negocio__code")


@admin.register(Servicio)
class ServicioAdmin(NegocioScopedAdmin):
    list_display = ("nombre", "duracion", "precio", "activo", "negocio")
    list_filter = ("activo", ("negocio", OwnRelatedFilter))
    list_select_related = ("negocio",)
    search_fields = ("nombre", "negocio__code")


@admin.register(Horario)
class HorarioAdmin(NegocioScopedAdmin):
    list_display = ("dia", "abre", "cierra", "estacion", "negocio")
    list_filter = ("dia", ("negocio", OwnRelatedFilter), ("estacion", OwnRelatedFilter))
    list_select_related = ("estacion", "negocio")
    search_fields = ("estacion__nombre", "negocio__code")
    autocomplete_fields = ("negocio", "estacion")


def _becomes(estado: Cita.Estado) -> Callable[..., None]:
    """The bulk action that gives the chosen citas this estado, in one statement."""

    @admin.action(description=f"Marcar como {estado.label.lower()}", permissions=["change"])
    def action(page: Any, request: HttpRequest, citas: QuerySet[Cita]) -> None:
        size = citas.update(estado=estado, actualizado_en=Now())
        page.message_user(request, f"{size} citas: {estado.label.lower()}.", messages.SUCCESS)

    action.__name__ = estado.value
    return action


@admin.register(Cita)
class CitaAdmin(NegocioScopedAdmin):
    list_display = (
        "fecha", "hora_inicio", "hora_fin", "cliente_nombre", "servicio", "estacion", "estado", "negocio",
    )  # fmt: skip
    list_filter = (
        "estado", "fecha", ("negocio", OwnRelatedFilter), ("servicio", OwnRelatedFilter),
        ("estacion", OwnRelatedFilter),
    )  # fmt: skip
    list_select_related = ("servicio", "estacion", "negocio")
    date_hierarchy = "fecha"
    ordering = ("-fecha", "hora_inicio")
    search_fields = ("cliente_nombre", "cliente_id", "external_id")
    autocomplete_fields = ("negocio", "servicio", "estacion")
    readonly_fields = ("creado_en", "actualizado_en")
    show_full_result_count = False
    actions = tuple(_becomes(estado) for estado in Cita.Estado)
