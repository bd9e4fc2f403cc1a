"""Is the roll-up right after each sort of write, by itself?"""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction

from dashboards.businesses.citas.models import Cita, Servicio
from dashboards.kinds import kind_named
from dashboards.models import Negocio
from dashboards.rollups.folding import fold
from dashboards.rollups.reading import tallies
from dashboards.triggers import MOST_KEYS
from tests.rollups.shop import DAY, citas, deltas, differing, right, run, shop, sizes

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(db: None) -> Negocio:
    negocio = shop("here")
    citas(negocio, 3)
    return negocio


@pytest.fixture
def there(db: None) -> Negocio:
    return shop("there")


def test_what_is_inserted_counts(here: Negocio) -> None:
    citas(here, 2, estado="cancelada")
    assert sizes(here) == {"pendiente": 3, "cancelada": 2}
    assert right()


def test_what_is_deleted_counts_no_more(here: Negocio) -> None:
    run("DELETE FROM citas_cita WHERE id = (SELECT min(id) FROM citas_cita)")
    assert sizes(here) == {"pendiente": 2}
    assert right()


def test_a_row_that_changes_its_estado_counts_there(here: Negocio) -> None:
    run("UPDATE citas_cita SET estado = 'confirmada' WHERE id = (SELECT min(id) FROM citas_cita)")
    assert sizes(here) == {"pendiente": 2, "confirmada": 1}
    assert right()


def test_a_row_that_changes_its_day_or_hour_counts_there(here: Negocio) -> None:
    run("UPDATE citas_cita SET fecha = fecha + 1 WHERE id = (SELECT min(id) FROM citas_cita)")
    run("UPDATE citas_cita SET hora_inicio = '23:30' WHERE id = (SELECT max(id) FROM citas_cita)")
    assert right()
    assert sizes(here, "dia", day=DAY + dt.timedelta(days=1)) == {"pendiente": 1}
    assert sizes(here, "dia", number=23) == {"pendiente": 1}


def test_a_row_that_changes_its_negocio_counts_there(here: Negocio, there: Negocio) -> None:
    run("UPDATE citas_cita SET negocio_id = %s WHERE id = (SELECT min(id) FROM citas_cita)", there.pk)
    assert (sizes(here), sizes(there)) == ({"pendiente": 2}, {"pendiente": 1})
    assert right()


def test_a_row_that_changes_its_key_counts_once(here: Negocio) -> None:
    run("UPDATE citas_cita SET id = id + 1000000, estado = 'atendida'")
    assert sizes(here) == {"atendida": 3}
    assert right()


def test_what_no_figure_reads_leaves_no_tally(here: Negocio) -> None:
    before = tallies(Cita).count()
    run("UPDATE citas_cita SET cliente_nombre = 'Ana', actualizado_en = now()")
    run("UPDATE citas_cita SET estado = estado")
    run("DELETE FROM citas_cita WHERE false")
    assert tallies(Cita).count() == before


def test_a_bulk_statement_leaves_a_tally_for_each_key(here: Negocio) -> None:
    """Also one of so many rows that the change has no keys."""
    before = tallies(Cita).count()
    citas(here, MOST_KEYS * 3)
    assert tallies(Cita).count() == before + 2
    run("UPDATE citas_cita SET estado = CASE WHEN id % 2 = 0 THEN 'atendida' ELSE 'cancelada' END")
    assert sum(sizes(here).values()) == MOST_KEYS * 3 + 3
    assert right()
    run("DELETE FROM citas_cita WHERE estado = 'atendida'")
    assert right()


def test_an_upsert_counts_the_new_and_moves_the_old(here: Negocio) -> None:
    upsert = """
    INSERT INTO citas_cita (negocio_id, external_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en,
                            actualizado_en)
    SELECT %s, i::text, '', '', '2025-11-10', '10:00', %s, now(), now() FROM generate_series(%s, %s) AS i
    ON CONFLICT (negocio_id, external_id) DO {}
    """
    update, nothing = upsert.format("UPDATE SET estado = EXCLUDED.estado"), upsert.format("NOTHING")
    run(update, here.pk, "confirmada", 1, 4)
    run(update, here.pk, "atendida", 3, 6)
    run(nothing, here.pk, "cancelada", 5, 8)
    assert sizes(here) == {"pendiente": 3, "confirmada": 2, "atendida": 4, "cancelada": 2}
    assert right()


def test_merge_and_data_modifying_ctes_count(here: Negocio) -> None:
    run("""MERGE INTO citas_cita AS c USING (SELECT min(id) AS low, max(id) AS high FROM citas_cita) AS s ON c.id >= low
        WHEN MATCHED AND c.id = high THEN DELETE WHEN MATCHED THEN UPDATE SET estado = 'atendida'""")
    assert right()
    run("""WITH gone AS (DELETE FROM citas_cita WHERE id = (SELECT min(id) FROM citas_cita) RETURNING *)
        INSERT INTO citas_cita (negocio_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en,
                                actualizado_en)
        SELECT negocio_id, '', '', fecha + 1, '08:00', 'no_asistio', now(), now() FROM gone, generate_series(1, 5)""")
    assert sizes(here) == {"atendida": 1, "no_asistio": 5}
    assert right()


def test_copy_counts(here: Negocio, there: Negocio) -> None:
    columns = "negocio_id, cliente_id, cliente_nombre, fecha, hora_inicio, estado, creado_en, actualizado_en"
    with connection.cursor() as cursor, cursor.copy(f"COPY citas_cita ({columns}) FROM STDIN") as copy:
        for owner in (here, there, there):
            copy.write_row((owner.pk, "", "", DAY, "08:00", "pendiente", "2025-11-10", "2025-11-10"))
    assert (sizes(here), sizes(there)) == ({"pendiente": 4}, {"pendiente": 2})
    assert right()


def test_truncate_leaves_nothing(here: Negocio) -> None:
    fold(Cita, few=0)
    citas(here)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("TRUNCATE citas_cita")
    assert not tallies(Cita).exists()
    citas(here, 2)
    assert sizes(here) == {"pendiente": 2}
    assert right()


def test_a_truncate_that_is_rolled_back_leaves_all(here: Negocio) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with transaction.atomic():
        run("TRUNCATE citas_cita")
        citas(here, 7)
        transaction.set_rollback(True)
    assert sizes(here) == {"pendiente": 3}
    assert right()


def test_what_is_rolled_back_to_a_savepoint_never_counted(here: Negocio) -> None:
    with transaction.atomic():
        citas(here)
        with transaction.atomic():
            citas(here, 5)
            run("DELETE FROM citas_cita WHERE negocio_id = %s", here.pk)
            transaction.set_rollback(True)
        run("UPDATE citas_cita SET estado = 'cancelada'")
    assert sizes(here) == {"cancelada": 4}
    assert right()


def test_a_negocio_that_goes_takes_its_counts_along(here: Negocio, there: Negocio) -> None:
    citas(there)
    key = here.pk
    here.delete()
    fold(Cita, few=0)
    assert not tallies(Cita).filter(negocio_id=key).exists()
    assert sizes(there) == {"pendiente": 1}
    assert right()


def test_a_cascade_that_sets_null_changes_no_count(here: Negocio) -> None:
    servicio = Servicio.objects.create(negocio=here, nombre="Corte")
    Cita.objects.update(servicio=servicio)
    servicio.delete()
    assert not Cita.objects.exclude(servicio=None).exists()
    assert sizes(here) == {"pendiente": 3}
    assert right()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu", "Pacific/Pago_Pago"])
def test_a_negocio_that_moves_to_another_time_zone_has_its_new_day(here: Negocio, zone: str) -> None:
    """Whoever moves it, at whatever hour; nothing that is kept depends on the zone."""
    for hour in (0, 5, 9, 14, 23):
        now = dt.datetime(2025, 11, 10, hour, 50, tzinfo=dt.UTC)
        before = tallies(Cita).count()
        run("UPDATE dashboards_negocio SET time_zone = %s", zone)
        assert tallies(Cita).count() == before
        assert differing(kind_named("citas"), [here], now) == {}


def test_figures_are_the_same_before_and_after_folding(here: Negocio, there: Negocio) -> None:
    def counted() -> Any:
        return sizes(here), sizes(there), sizes(here, "dia")

    citas(there, 2, estado="atendida")
    run("UPDATE citas_cita SET estado = 'confirmada' WHERE negocio_id = %s", here.pk)
    before = counted()
    assert fold(Cita, few=0) > 0
    assert counted() == before == ({"confirmada": 3}, {"atendida": 2}, {"confirmada": 3})
    assert not deltas()
    assert not tallies(Cita).filter(how_many=0).exists()
    assert right()
