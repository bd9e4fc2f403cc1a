"""Do `rollups verify`, `rebuild` and `fold` say and do what they should?"""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from dashboards.businesses.citas.models import Cita
from dashboards.rollups.folding import fold, rolled_models
from dashboards.rollups.reading import tallies
from tests.rollups.shop import citas, right, run, shop, sizes

pytestmark = pytest.mark.django_db


def rollups(*arguments: str) -> str:
    said = StringIO()
    call_command("rollups", *arguments, stdout=said)
    return said.getvalue()


def test_verify_says_that_all_is_right() -> None:
    citas(shop(), 3)
    assert rollups("verify").splitlines() == [f"{model._meta.db_table}: right" for model in rolled_models()]


def test_verify_fails_and_names_what_is_wrong() -> None:
    negocio = shop()
    citas(negocio, 3)
    fold(Cita, few=0)
    run("UPDATE tally_citas_cita SET how_many = 5 WHERE level = 'estado'")
    with pytest.raises(CommandError) as failed:
        rollups("verify", "citas_cita")
    assert failed.value.returncode == 1
    expected = f"citas_cita, estado, negocio {negocio.pk}, 0001-01-01 0001-01-01 00:00:00+00:00 pendiente 0: "
    assert f"{expected}3 rows, 0 there, 5 rows, 0 rolled up" in str(failed.value)
    assert "`rollups rebuild`" in str(failed.value)


def test_verify_finds_what_is_missing_and_what_is_too_much() -> None:
    negocio = shop()
    citas(negocio, 3)
    fold(Cita, few=0)
    run("UPDATE tally_citas_cita SET word = 'atendida' WHERE level = 'estado'")
    with pytest.raises(CommandError, match="3 rows, 0 there, 0 rows, 0 rolled up"):
        rollups("verify")
    with pytest.raises(CommandError, match="0 rows, 0 there, 3 rows, 0 rolled up"):
        rollups("verify")


def test_rebuild_makes_it_right() -> None:
    negocio = shop()
    citas(negocio, 3)
    run("DELETE FROM delta_citas_cita")
    assert not right()
    assert "citas_cita: 2 tallies made of its rows" in rollups("rebuild")
    assert sizes(negocio) == {"pendiente": 3}
    assert right()


def test_fold_leaves_one_tally_of_a_key() -> None:
    negocio = shop()
    for _ in range(3):
        citas(negocio)
    assert "citas_cita: 3 deltas folded" in rollups("fold", "citas_cita")
    assert tallies(Cita).count() == 2


def test_a_table_without_a_roll_up_is_named() -> None:
    with pytest.raises(CommandError, match="nothing is rolled up of citas_servicio; there are citas_cita"):
        rollups("verify", "citas_servicio")
