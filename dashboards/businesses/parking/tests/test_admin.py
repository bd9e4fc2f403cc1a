"""Does the admin keep spaces and tickets true to each other?"""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from dashboards.businesses.parking.models import Espacio, Pago, Ticket
from dashboards.businesses.parking.tests.lot import NOON, Lot

LIST, ADD = reverse("admin:parking_ticket_changelist"), reverse("admin:parking_ticket_add")
INLINE = {"pagos-TOTAL_FORMS": "0", "pagos-INITIAL_FORMS": "0"}


@pytest.fixture
def browser(db: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("jefa"))
    return client


def form(ticket_of: Lot, espacio: Espacio, **fields: Any) -> dict[str, Any]:
    stay = {"fecha_ingreso_0": "2025-11-10", "fecha_ingreso_1": "17:00:00"}
    return {"negocio": ticket_of.negocio.pk, "espacio": espacio.pk, **stay, **INLINE, **fields}


def test_a_ticket_added_by_hand_occupies_its_space_and_closed_frees_it(lot: Lot, browser: Client) -> None:
    espacio, car = lot.espacio(), lot.vehiculo()
    filled = form(lot, espacio, vehiculo=car.pk)
    assert browser.post(ADD, filled).status_code == 302
    assert Espacio.objects.get().estado == "ocupado"
    there = reverse("admin:parking_ticket_change", args=[Ticket.objects.get().pk])
    assert browser.post(there, filled | {"fecha_salida_0": "2025-11-10", "fecha_salida_1": "18:00"}).status_code == 302
    assert Espacio.objects.get().estado == "libre"


def test_a_second_ticket_for_a_space_is_refused_in_spanish(lot: Lot, browser: Client) -> None:
    espacio = lot.espacio(estado="ocupado")
    lot.ticket(espacio)
    answer = browser.post(ADD, form(lot, espacio, vehiculo=lot.vehiculo().pk))
    assert "ya tiene un ticket abierto" in answer.content.decode()
    assert Ticket.objects.count() == 1


def test_the_chosen_tickets_are_charged_and_closed_once(lot: Lot, browser: Client) -> None:
    lot.tarifa()
    tickets = [lot.ticket(), lot.ticket(), lot.ticket(fecha_salida=NOON)]
    chosen = {"action": "charge_and_close", "_selected_action": [ticket.pk for ticket in tickets]}
    answer = browser.post(LIST, chosen, follow=True).content.decode()
    assert "2 tickets cobrados y cerrados." in answer
    assert "ya estaba cerrado" in answer
    assert Pago.objects.count() == 2


def test_without_a_tarifa_the_page_says_so(lot: Lot, browser: Client) -> None:
    ticket = lot.ticket()
    answer = browser.post(LIST, {"action": "charge_and_close", "_selected_action": [ticket.pk]}, follow=True)
    assert "No hay ninguna tarifa activa." in answer.content.decode()


def test_a_space_with_a_car_in_it_is_not_marked(lot: Lot, browser: Client) -> None:
    taken, free = lot.espacio(estado="ocupado"), lot.espacio()
    lot.ticket(taken)
    chosen = {"action": "mantenimiento", "_selected_action": [taken.pk, free.pk]}
    browser.post(reverse("admin:parking_espacio_changelist"), chosen)
    assert list(Espacio.objects.order_by("pk").values_list("estado", flat=True)) == ["ocupado", "mantenimiento"]
