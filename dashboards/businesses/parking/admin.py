"""How does a lot's staff tend its spaces, cars, tickets and reservations?"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from dashboards.admin.owned import NegocioScopedAdmin, OwnedInline, OwnRelatedFilter
from dashboards.businesses.parking.domain import NoTarifa, TicketClosed, close_ticket, occupy_by_tickets
from dashboards.businesses.parking.models import (
    Cliente,
    Espacio,
    Pago,
    Reserva,
    Seccion,
    Tarifa,
    Ticket,
    Vehiculo,
)

OF_NEGOCIO = ("negocio", OwnRelatedFilter)


@admin.register(Seccion)
class SeccionAdmin(NegocioScopedAdmin):
    list_display = ("letra", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("negocio",)
    search_fields = ("letra", "negocio__code")


def _becomes(estado: Espacio.Estado) -> Callable[..., None]:
    """The bulk action that gives the chosen spaces this estado; where a car stands, its ticket is closed first."""

    @admin.action(description=f"Marcar como {estado.label.lower()}", permissions=["change"])
    def action(page: Any, request: HttpRequest, espacios: QuerySet[Espacio]) -> None:
        standing = Ticket.objects.filter(espacio_id=OuterRef("pk"), fecha_salida__isnull=True)
        size = espacios.filter(~Exists(standing)).update(estado=estado)
        page.message_user(request, f"{size} espacios sin vehículo: {estado.label.lower()}.", messages.SUCCESS)

    action.__name__ = estado.value
    return action


@admin.register(Espacio)
class EspacioAdmin(NegocioScopedAdmin):
    list_display = ("numero", "seccion", "estado", "negocio")
    list_filter = ("estado", ("seccion", OwnRelatedFilter), OF_NEGOCIO)
    list_select_related = ("seccion", "negocio")
    search_fields = ("numero", "external_id", "seccion__letra", "negocio__code")
    autocomplete_fields = ("negocio", "seccion")
    actions = tuple(
        _becomes(estado) for estado in (Espacio.Estado.LIBRE, Espacio.Estado.RESERVADO, Espacio.Estado.MANTENIMIENTO)
    )


@admin.register(Cliente)
class ClienteAdmin(NegocioScopedAdmin):
    list_display = ("nombre", "correo", "telefono", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("negocio",)
    search_fields = ("nombre", "correo", "telefono", "external_id", "usuario_id", "negocio__code")


@admin.register(Vehiculo)
class VehiculoAdmin(NegocioScopedAdmin):
    list_display = ("placa", "cliente", "negocio")
    list_filter = (OF_NEGOCIO,)
    list_select_related = ("cliente", "negocio")
    search_fields = ("placa", "external_id", "cliente__nombre", "negocio__code")
    autocomplete_fields = ("negocio", "cliente")


@admin.register(Tarifa)
class TarifaAdmin(NegocioScopedAdmin):
    list_display = ("nombre", "precio_hora", "precio_dia", "activa", "negocio")
    list_filter = ("activa", OF_NEGOCIO)
    list_select_related = ("negocio",)
    search_fields = ("nombre", "negocio__code")


class PagoInline(OwnedInline):
    model = Pago


@admin.register(Ticket)
class TicketAdmin(NegocioScopedAdmin):
    inlines = (PagoInline,)
    list_display = ("wire_id", "vehiculo", "espacio", "fecha_ingreso", "fecha_salida", "negocio")
    list_filter = (("fecha_salida", admin.EmptyFieldListFilter), "fecha_ingreso", OF_NEGOCIO)
    list_select_related = ("vehiculo", "espacio", "negocio")
    date_hierarchy = "fecha_ingreso"
    search_fields = ("external_id", "vehiculo__placa", "espacio__numero", "vehiculo__cliente__nombre")
    autocomplete_fields = ("negocio", "vehiculo", "espacio", "tarifa")
    show_full_result_count = False
    actions = ("charge_and_close",)

    def save_model(self, request: HttpRequest, obj: Ticket, form: Any, change: bool) -> None:
        """The space follows the ticket, as when it is opened or closed at the gate."""
        super().save_model(request, obj, form, change)
        if not change or {"fecha_salida", "espacio"} & set(form.changed_data):
            occupy_by_tickets(obj.espacio_id)

    @admin.action(description="Cobrar en efectivo y cerrar", permissions=["change"])
    def charge_and_close(self, request: HttpRequest, tickets: QuerySet[Ticket]) -> None:
        """Let the chosen cars out, each in its own transaction."""
        closed = 0
        for ticket in tickets.select_related("negocio").order_by("pk"):
            try:
                close_ticket(ticket, Pago.Metodo.EFECTIVO)
            except TicketClosed:
                self.message_user(request, f"El ticket {ticket.wire_id} ya estaba cerrado.", messages.WARNING)
            except NoTarifa:
                self.message_user(request, "No hay ninguna tarifa activa.", messages.ERROR)
            else:
                closed += 1
        self.message_user(request, f"{closed} tickets cobrados y cerrados.", messages.SUCCESS)


@admin.register(Pago)
class PagoAdmin(NegocioScopedAdmin):
    list_display = ("ticket", "metodo", "monto", "fecha_pago", "negocio")
    list_filter = ("metodo", "fecha_pago", OF_NEGOCIO)
    list_select_related = ("ticket__vehiculo", "negocio")
    date_hierarchy = "fecha_pago"
    search_fields = ("external_id", "ticket__external_id", "ticket__vehiculo__placa")
    autocomplete_fields = ("negocio", "ticket")
    show_full_result_count = False


@admin.register(Reserva)
class ReservaAdmin(NegocioScopedAdmin):
    list_display = ("espacio", "cliente", "vehiculo", "desde", "hasta", "estado", "negocio")
    list_filter = ("estado", "desde", OF_NEGOCIO)
    list_select_related = ("espacio", "cliente", "vehiculo", "negocio")
    date_hierarchy = "desde"
    search_fields = ("external_id", "espacio__numero", "cliente__nombre", "vehiculo__placa")
    autocomplete_fields = ("negocio", "espacio", "cliente", "vehiculo")
    show_full_result_count = False
