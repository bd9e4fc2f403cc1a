"""Does a declaration become a migration, and a migration a roll-up of the rows that are there?"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from dashboards.businesses.citas.models import Cita
from dashboards.models import Negocio, Owned
from dashboards.rollups.declaring import RollUp, rollup_of
from dashboards.rollups.levels import Level, by_instant
from tests.rollups.shop import citas, right, run, shop, sizes


@pytest.fixture
def rollup() -> RollUp:
    found = rollup_of(Cita)
    assert found is not None
    return found


def made(level: Level) -> RollUp:
    return RollUp(name="x", levels={"a": level})


@pytest.mark.django_db
def test_it_counts_the_rows_that_are_there_and_can_be_taken_back(rollup: RollUp) -> None:
    negocio = shop()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Cita, rollup)
    assert not [
        table for table in connection.introspection.table_names() if table in ("tally_citas_cita", "delta_citas_cita")
    ]
    citas(negocio, 5)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor() as editor:
        editor.add_constraint(Cita, rollup)
    assert sizes(negocio) == {"pendiente": 5}
    citas(negocio)
    assert sizes(negocio) == {"pendiente": 6}
    assert right()


@pytest.fixture
def bakes(db: None) -> Iterator[type[models.Model]]:
    """A model whose table is made together with its roll-up; no app has it."""

    class Bake(Owned):
        negocio = models.ForeignKey(Negocio, models.CASCADE, related_name="+")
        said = models.CharField(max_length=20)

        class Meta:
            app_label = "oven"
            constraints = [RollUp(name="oven_tally", levels={"all": Level(), "said": Level(word="said")})]

    with connection.schema_editor() as editor:
        editor.create_model(Bake)
    yield Bake
    del apps.all_models["oven"]
    apps.clear_cache()


def test_a_new_table_has_it_from_the_beginning(bakes: type[models.Model]) -> None:
    negocio = shop()
    run("INSERT INTO oven_bake (negocio_id, said) VALUES (%s, 'it''s 100%% \"good\"')", negocio.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT level, word, how_many FROM tallies_oven_bake ORDER BY level")
        assert cursor.fetchall() == [("all", "", 1), ("said", 'it\'s 100% "good"', 1)]


def test_makemigrations_sees_it_come_change_and_go(rollup: RollUp) -> None:
    there = ProjectState.from_apps(apps)
    without, other = there.clone(), there.clone()
    for state, changed in ((without, []), (other, [made(Level(word="estado"))])):
        kept = [each for each in there.models["citas", "cita"].options["constraints"] if not isinstance(each, RollUp)]
        state.models["citas", "cita"].options["constraints"] = [*kept, *changed]

    def operations(before: ProjectState, after: ProjectState) -> list[str]:
        detector: Any = MigrationAutodetector(before, after)
        changes = detector._detect_changes()
        return sorted(each.__class__.__name__ for all in changes.values() for one in all for each in one.operations)

    assert operations(there, there.clone()) == []
    assert operations(without, there) == ["AddConstraint"]
    assert operations(there, other) == ["AddConstraint", "RemoveConstraint"]
    assert operations(there, without) == ["RemoveConstraint"]


@pytest.mark.parametrize(
    "level",
    [
        Level(), Level(word="a"), Level(word="b"), Level(day="a"), Level(amount="a"), Level(where=models.Q(a=1)),
        *by_instant("a", word="b").values(),
    ],
)  # fmt: skip
def test_a_level_survives_being_written_into_a_migration(level: Level) -> None:
    text, imports = MigrationWriter.serialize(made(level))
    names: dict[str, object] = {}
    exec("\n".join([*imports, "from django.db import models"]), names)
    again = eval(text, names)
    assert again == made(level) == made(level).clone()
    assert again != made(Level(number="a"))
