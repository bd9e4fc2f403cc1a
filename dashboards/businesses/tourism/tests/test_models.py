"""Do the operator's tables keep what they promise?"""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError

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
from dashboards.businesses.tourism.tests.operator import Operator


def test_a_row_that_links_to_another_negocio_is_not_clean(shop: Operator, other: Operator) -> None:
    with pytest.raises(ValidationError, match="otro negocio") as raised:
        shop.reserva(other.tour(), usuario=other.usuario()).full_clean()
    assert set(raised.value.message_dict) == {"tour", "usuario"}
    shop.reserva(shop.tour(destino=shop.destino(), guia=shop.guia()), usuario=shop.usuario()).full_clean()


def test_an_external_id_is_unique_within_its_negocio_and_optional(shop: Operator, other: Operator) -> None:
    shop.tour(external_id="1"), other.tour(external_id="1"), shop.tour(), shop.tour()
    with pytest.raises(IntegrityError), transaction.atomic():
        shop.tour(external_id="1")


def test_a_row_is_called_by_its_external_id_else_by_its_key(shop: Operator) -> None:
    known, own = shop.tour(external_id="t-1"), shop.tour()
    assert (known.wire_id, own.wire_id) == ("t-1", own.pk)


@pytest.mark.parametrize(
    ("model", "values"),
    [(Reserva, {"estado": "perdida"}), (Recomendacion, {"calificacion": 6}), (Recomendacion, {"calificacion": 0})],
)
def test_what_no_figure_could_count_is_refused_from_every_writer(shop: Operator, model: Any, values: Any) -> None:
    shop.reserva(), shop.recomendacion()
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)


def test_another_program_needs_to_name_what_has_no_default_only(shop: Operator) -> None:
    id, tour, servicio = shop.negocio.pk, shop.tour(), shop.servicio()
    for table, columns, values in (
        ("usuario", "nombre", ["Ana"]),
        ("destino", "nombre", ["Quito"]),
        ("guia", "nombre", ["Hugo"]),
        ("tour", "nombre", ["Centro"]),
        ("servicio", "nombre", ["Almuerzo"]),
        ("reserva", "tour_id, fecha", [tour.pk, "2025-11-10"]),
        ("contratacion", "servicio_id", [servicio.pk]),
        ("recomendacion", "titulo, calificacion", ["Bonito", 4]),
    ):
        places = ", ".join(["%s"] * (len(values) + 1))
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO tourism_{table} (negocio_id, {columns}) VALUES ({places})", [id, *values])
    assert (Reserva.objects.get().estado, Reserva.objects.get().personas) == ("pendiente", 1)
    assert (Guia.objects.get().idiomas, Destino.objects.get().pais) == ([], "Ecuador")
    assert Usuario.objects.get().rol == "cliente"
    assert Recomendacion.objects.get().tipo == "tour"


def test_what_was_sold_keeps_its_tour_but_outlives_people(shop: Operator) -> None:
    ana = shop.usuario()
    booked = shop.reserva(shop.tour(destino=shop.destino(), guia=shop.guia()), usuario=ana)
    hired = shop.contratacion(usuario=ana)
    with pytest.raises(RestrictedError):
        booked.tour.delete()
    with pytest.raises(RestrictedError):
        hired.servicio.delete()
    for model in (Usuario, Destino, Guia):
        model.objects.all().delete()
    assert Reserva.objects.get().usuario is None
    assert Contratacion.objects.get().usuario is None
    assert (Tour.objects.get().destino, Tour.objects.get().guia) == (None, None)


def test_a_negocio_goes_with_all_its_rows(shop: Operator, other: Operator) -> None:
    for each in (shop, other):
        ana = each.usuario()
        each.reserva(each.tour(destino=each.destino(), guia=each.guia()), usuario=ana)
        each.contratacion(usuario=ana), each.recomendacion(usuario=ana)
    shop.negocio.delete()
    for model in (Reserva, Contratacion, Recomendacion, Tour, Servicio, Destino, Guia, Usuario):
        assert [row.negocio for row in model._default_manager.all()] == [other.negocio]
