"""Are roll-ups exact when many write at once, abort, go back to savepoints, and somebody folds all the while?"""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import transaction

from dashboards.businesses.citas.models import Cita
from dashboards.kinds import kind_named
from dashboards.models import Negocio
from dashboards.rollups import folding
from dashboards.rollups.folding import fold, fold_all
from dashboards.rollups.reading import tallies
from dashboards.rollups.verifying import drift, rebuild
from tests.changes.writers import another_program
from tests.rollups.crowd import INSERT, Writer, at_once, meanwhile
from tests.rollups.shop import citas, deltas, differing, right, shop, sizes

pytestmark = pytest.mark.usefixtures("committed")
WRITERS, TRANSACTIONS = 4, 40
ONE = {"estado": "pendiente", "day": 0, "external": 0, "count": 1}


@pytest.fixture
def negocios() -> Iterator[list[Negocio]]:
    made = [shop("a"), shop("b")]
    yield made
    Cita.objects.all().delete()
    for negocio in made:
        negocio.delete()


@pytest.mark.parametrize("seed", range(3))
def test_nothing_drifts(negocios: list[Negocio], seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two fold at once, in small batches; one counts while all write."""
    monkeypatch.setattr(folding, "BATCH", 7)
    keys = [negocio.pk for negocio in negocios]
    writers = [Writer(seed * WRITERS + number, keys, TRANSACTIONS) for number in range(WRITERS)]

    def watch() -> None:
        assert drift(Cita) == []

    with meanwhile(lambda: fold_all(few=0)), meanwhile(lambda: fold_all(few=3)), meanwhile(watch):
        at_once([writer.run for writer in writers])
    assert drift(Cita) == []
    assert differing(kind_named("citas"), negocios) == {}
    assert sum(writer.committed for writer in writers) > TRANSACTIONS
    assert sum(writer.aborted for writer in writers) > WRITERS
    fold(Cita, few=0)
    keys_of = ["negocio_id", "level", "day", "moment", "word", "number"]
    assert deltas() == 0
    assert tallies(Cita).count() == tallies(Cita).values(*keys_of).distinct().count(), "one of each key is left"


def test_rebuilding_meanwhile_loses_nothing(negocios: list[Negocio]) -> None:
    writers = [Writer(seed, [negocio.pk for negocio in negocios], TRANSACTIONS) for seed in range(100, 102)]
    with meanwhile(lambda: rebuild(Cita)), meanwhile(lambda: fold_all(few=0)):
        at_once([writer.run for writer in writers])
    assert right()


def test_a_truncate_empties_what_its_transaction_never_saw(negocios: list[Negocio]) -> None:
    """As it does with the table: it is not bound by the snapshot of a transaction that began before."""
    with another_program("-c search_path=pulso") as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with other.transaction():
            other.execute("SELECT count(*) FROM citas_cita")
            citas(negocios[0], 3)
            other.execute("TRUNCATE citas_cita")
    assert not tallies(Cita).exists()
    assert right()


def test_a_figure_is_exact_before_its_tallies_are_folded_and_after(negocios: list[Negocio]) -> None:
    """No moment shows a tally twice or not at all."""
    here, _ = negocios
    citas(here, 50)
    seen = set()
    with meanwhile(lambda: fold(Cita, few=0)):
        for _ in range(100):
            run = {**ONE, "negocio": here.pk}
            with another_program("-c search_path=pulso") as other, other.transaction():
                other.execute(INSERT, run)
                other.execute("DELETE FROM citas_cita WHERE id = (SELECT min(id) FROM citas_cita)")
            seen.add(sum(sizes(here).values()))
    assert seen == {50}


def test_whoever_writes_waits_for_nobody_who_folds(negocios: list[Negocio]) -> None:
    """Deltas are appended: a folder, or another writer, that is at the same key holds nobody up."""
    here, _ = negocios
    citas(here, 2)
    with transaction.atomic():
        citas(here)
        with another_program("-c search_path=pulso -c lock_timeout=2s") as other:
            other.execute(INSERT, {**ONE, "negocio": here.pk})
        assert fold(Cita, few=0) > 0
        with another_program("-c search_path=pulso -c lock_timeout=2s") as other:
            other.execute(INSERT, {**ONE, "negocio": here.pk})
    assert right()
