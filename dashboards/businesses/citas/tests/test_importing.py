"""Do rows of a file become citas, once each, in their own negocio?"""

import datetime as dt
from typing import Any

import pytest

from dashboards.businesses.citas.importing import IMPORTS
from dashboards.businesses.citas.models import Cita, Estacion, Servicio
from dashboards.businesses.citas.tests.shop import cita, shop
from dashboards.days import local_now
from dashboards.importing import BadRow, MappedRow
from dashboards.models import Negocio

FIELDS = {field.name: field for field in IMPORTS.fields}


def parsed(**texts: str) -> dict[str, Any]:
    """A row as the importer hands it to `write`: texts parsed, the rest by default."""
    row = {name: field.default for name, field in FIELDS.items()}
    return row | {name: FIELDS[name].parse(text) for name, text in texts.items()}


def row(external_id: str = "7", **texts: str) -> MappedRow:
    return parsed(external_id=external_id, **{"fecha": "2025-11-10", "hora_inicio": "10:30", **texts})


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("fecha", "10/11/2025"), ("fecha", ""), ("fecha", "2025-02-30"), ("hora_inicio", ""),
        ("hora_inicio", "25:00"), ("hora_fin", "noon"), ("estado", "lista"), ("estado", ""),
        ("cliente", "x" * 201), ("cliente", "a\0b"), ("external_id", "x" * 65), ("servicio", "x" * 121),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_its_field(field: str, text: str) -> None:
    with pytest.raises(BadRow) as caught:
        FIELDS[field].parse(text)
    assert (caught.value.field, caught.value.value) == (field, text)


def test_good_values_are_understood() -> None:
    assert FIELDS["fecha"].parse(" 2025-11-10T08:00:00Z ") == dt.date(2025, 11, 10)
    assert FIELDS["hora_inicio"].parse("08:05") == dt.time(8, 5)
    assert FIELDS["hora_fin"].parse("") is None
    assert FIELDS["estado"].parse(" Confirmada ") == "confirmada"


@pytest.mark.django_db
def test_the_same_rows_twice_are_the_same_citas() -> None:
    one, other = shop(), shop()
    rows = [(one, row("1")), (one, row("2")), (other, row("1"))]
    assert IMPORTS.write(rows) == 3
    keys = set(Cita.objects.values_list("pk", flat=True))
    assert IMPORTS.write([*rows, (other, row("2"))]) == 1
    assert keys < set(Cita.objects.values_list("pk", flat=True))
    assert Cita.objects.count() == 4


@pytest.mark.django_db
def test_a_row_that_is_there_is_brought_up_to_date() -> None:
    negocio = shop()
    IMPORTS.write([(negocio, row(estado="pendiente"))])
    IMPORTS.write([(negocio, row(estado="atendida", cliente="Camila", hora_inicio="11:00"))])
    there = Cita.objects.get()
    assert (there.estado, there.cliente_nombre, there.hora_inicio) == ("atendida", "Camila", dt.time(11))


@pytest.mark.django_db
def test_of_one_external_id_in_a_batch_the_last_counts() -> None:
    negocio = shop()
    assert IMPORTS.write([(negocio, row(estado="pendiente")), (negocio, row(estado="cancelada"))]) == 1
    assert Cita.objects.get().estado == "cancelada"


@pytest.mark.django_db
def test_rows_without_an_external_id_are_always_new() -> None:
    negocio = shop()
    assert [IMPORTS.write([(negocio, row(""))]) for _ in range(2)] == [1, 1]
    assert set(Cita.objects.values_list("external_id", flat=True)) == {None}


@pytest.mark.django_db
def test_names_become_servicios_and_estaciones_of_their_negocio() -> None:
    one, other = shop(), shop()
    Servicio.objects.create(negocio=one, nombre="Corte")
    rows = [(negocio, row(str(n), servicio="Corte", estacion="Sillón 1")) for negocio in (one, other) for n in range(3)]
    IMPORTS.write(rows)
    assert Servicio.objects.count() == Estacion.objects.count() == 2
    for there in Cita.objects.select_related("servicio", "estacion"):
        assert there.servicio is not None
        assert there.estacion is not None
        assert there.servicio.negocio_id == there.estacion.negocio_id == there.negocio_id


@pytest.mark.django_db
def test_a_batch_costs_the_same_whatever_its_size(django_assert_max_num_queries: Any) -> None:
    negocio = shop()
    rows = [(negocio, row(str(n), servicio=f"S{n % 9}", estacion="Sillón 1")) for n in range(1_000)]
    with django_assert_max_num_queries(12):
        assert IMPORTS.write(rows) == 1_000


@pytest.mark.django_db
def test_what_happens_happens_today() -> None:
    negocio: Negocio = shop("Asia/Tokyo")
    before = local_now("Asia/Tokyo").date()
    IMPORTS.happen(negocio, row("7", servicio="Corte"))
    there = Cita.objects.get()
    assert there.fecha in {before, local_now("Asia/Tokyo").date()}
    assert there.hora_inicio == dt.time(10, 30)
    created = there.creado_en
    IMPORTS.happen(negocio, row("7", estado="atendida"))
    there.refresh_from_db()
    assert (there.estado, there.creado_en, Cita.objects.count()) == ("atendida", created, 1)
    cita(negocio)
    IMPORTS.happen(negocio, row(""))
    assert Cita.objects.count() == 3
