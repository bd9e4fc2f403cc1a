"""Are the lot's lists those of the wire?"""

import datetime as dt
import json

from dashboards.businesses.parking.tests.lot import HOUR, NOON, Lot, figure, figures

UUID = "7f0c1c1e-8f0e-4d0c-9a55-0a6f3f6f1b11"


def test_sections_say_all_that_the_wire_names(lot: Lot, other: Lot) -> None:
    a, b = lot.seccion("A"), lot.seccion("B")
    ten, two = lot.espacio("A10", seccion=a), lot.espacio("A2", "ocupado", seccion=a, external_id=UUID)
    one = lot.espacio("B1", "mantenimiento", seccion=b, external_id="31")
    lot.ticket(two, lot.vehiculo("PBX-1234"), fecha_ingreso=NOON)
    lot.seccion("C"), other.espacio("A1", seccion=other.seccion("A"))
    assert figure("espacios_por_seccion", lot.negocio) == [
        {
            "seccion_letra": "A", "total_espacios": 2, "espacios_disponibles": 1, "espacios_ocupados": 1,
            "espacios": [
                {
                    "id": UUID, "numero": "A2", "estado": False, "seccion_letra": "A",
                    "vehiculo_placa": "PBX-1234", "hora_ingreso": "2025-11-10T17:00:00Z",
                },
                {"id": ten.pk, "numero": "A10", "estado": True, "seccion_letra": "A"},
            ],
        },
        {
            "seccion_letra": "B", "total_espacios": 1, "espacios_disponibles": 0, "espacios_ocupados": 1,
            "espacios": [{"id": 31, "numero": "B1", "estado": False, "seccion_letra": "B"}],
        },
    ]  # fmt: skip
    assert one.wire_id == 31


def test_a_space_shows_who_stands_there_not_who_stood(lot: Lot) -> None:
    espacio = lot.espacio("1", "ocupado")
    for _ in range(3):
        lot.ticket(espacio, fecha_salida=NOON)
    lot.ticket(espacio, lot.vehiculo("GAA-0001"))
    ((only,),) = [section["espacios"] for section in figure("espacios_por_seccion", lot.negocio)]
    assert only["vehiculo_placa"] == "GAA-0001"


def test_free_spaces_are_the_same_objects(lot: Lot, other: Lot) -> None:
    a = lot.seccion("A")
    free = lot.espacio("A1", seccion=a)
    nowhere = lot.espacio("9")
    for estado in ("ocupado", "reservado", "mantenimiento"):
        lot.espacio(estado=estado, seccion=a)
    other.espacio()
    assert figure("espacios_disponibles", lot.negocio) == [
        {"id": nowhere.pk, "numero": "9", "estado": True, "seccion_letra": ""},
        {"id": free.pk, "numero": "A1", "estado": True, "seccion_letra": "A"},
    ]


def test_open_tickets_say_all_that_the_wire_names(lot: Lot, other: Lot) -> None:
    car, place = lot.vehiculo(external_id="v-1"), lot.espacio(estado="ocupado", external_id="007")
    paid = lot.ticket(place, car, external_id=UUID, fecha_ingreso=NOON)
    lot.pago(paid, external_id="1", fecha_pago=NOON), lot.pago(paid, external_id="2", fecha_pago=NOON + HOUR)
    older = lot.ticket()
    lot.ticket(fecha_salida=NOON), other.ticket()
    assert figure("tickets_activos", lot.negocio) == [
        {
            "id": older.pk, "fecha_ingreso": "2025-11-10T16:00:00Z",
            "vehiculo_id": older.vehiculo_id, "espacio_id": older.espacio_id,
        },
        {
            "id": UUID, "fecha_ingreso": "2025-11-10T17:00:00Z", "vehiculo_id": "v-1", "espacio_id": "007",
            "detalle_pago_id": 2,
        },
    ]  # fmt: skip


def test_who_came_last_stands_first(lot: Lot, other: Lot) -> None:
    espacio = lot.espacio("B2", "ocupado", seccion=lot.seccion("B"))
    for minute in range(14):
        lot.ticket(fecha_ingreso=NOON - dt.timedelta(minutes=minute + 1))
    last = lot.ticket(espacio, lot.vehiculo("PZZ-0001", cliente=lot.cliente("Zoe")), fecha_ingreso=NOON)
    other.ticket(), lot.ticket(fecha_ingreso=NOON, fecha_salida=NOON)
    inside = figure("vehiculos_dentro", lot.negocio)["vehiculos"]
    assert inside[0] == {
        "id": last.pk, "placa": "PZZ-0001", "cliente": "Zoe", "espacio": "B2", "seccion": "B",
        "ingreso": "2025-11-10T17:00:00Z",
    }  # fmt: skip
    assert len(inside) == 12
    assert inside == sorted(inside, key=lambda each: str(each["ingreso"]), reverse=True)
    assert len(figure("vehiculos_dentro", lot.negocio, limit=2)["vehiculos"]) == 2


def test_the_newest_payments_stand_first(lot: Lot, other: Lot) -> None:
    ticket = lot.ticket(lot.espacio("C1"), lot.vehiculo("MAA-0001"), fecha_salida=NOON)
    older = lot.pago(ticket, "2", fecha_pago=NOON - HOUR)
    newer = lot.pago(ticket, "1.25", metodo="tarjeta", external_id="p-1")
    other.pago(other.ticket())
    paid = figure("pagos_recientes", lot.negocio)["pagos"]
    assert paid[0] == {
        "id": "p-1", "placa": "MAA-0001", "espacio": "C1", "metodo": "tarjeta", "monto": 1.25,
        "fecha_pago": "2025-11-10T17:00:00Z",
    }  # fmt: skip
    assert [each["id"] for each in paid] == [newer.wire_id, older.wire_id]


def test_figures_hold_what_json_can_say(lot: Lot) -> None:
    lot.pago(lot.ticket(lot.espacio(estado="ocupado", seccion=lot.seccion())))
    everything = figures(lot.negocio)
    assert json.loads(json.dumps(everything)) == {
        name: {str(key): value for key, value in values.items()} for name, values in everything.items()
    }
