"""Does the kind's table say exactly which metrics a write to a model can touch?"""

import datetime as dt
import time
from collections.abc import Callable
from random import Random

import pytest
from django.db.models import F

from dashboards.businesses.citas.kind import KIND
from dashboards.businesses.citas.models import Cita, Estacion, Horario, Servicio
from dashboards.businesses.citas.tests.shop import DAY, figures, shop
from dashboards.models import Change, Negocio

pytestmark = pytest.mark.django_db
Write = Callable[[Random, Negocio], object]


def _a_cita(random: Random, negocio: Negocio) -> Cita:
    return Cita(
        negocio=negocio, fecha=DAY + dt.timedelta(days=random.randint(-1, 1)),
        cliente_nombre=random.choice("ABC"),
        hora_inicio=dt.time(random.randint(8, 18)), estado=random.choice(Cita.Estado.values),
        servicio=random.choice([None, *Servicio.objects.filter(negocio=negocio)]),
        estacion=random.choice([None, *Estacion.objects.filter(negocio=negocio)]),
    )  # fmt: skip


def _some(random: Random, negocio: Negocio) -> list[int]:
    keys = list(Cita.objects.filter(negocio=negocio).values_list("pk", flat=True))
    return random.sample(keys, min(len(keys), 3))


def _name(random: Random) -> str:
    return f"name {random.randrange(10**9)}"


def _rename(model: type[Servicio | Estacion]) -> Write:
    def write(random: Random, negocio: Negocio) -> None:
        if row := model._default_manager.filter(negocio=negocio).order_by("?").first():
            row.nombre = _name(random)
            row.save()

    return write


def _drop(model: type[Servicio | Estacion]) -> Write:
    def write(random: Random, negocio: Negocio) -> None:
        if row := model._default_manager.filter(negocio=negocio).first():
            row.delete()

    return write


WRITES: tuple[Write, ...] = (
    lambda random, negocio: _a_cita(random, negocio).save(),
    lambda random, negocio: Cita.objects.bulk_create(_a_cita(random, negocio) for _ in range(4)),
    lambda random, negocio: Cita.objects.filter(pk__in=_some(random, negocio)).update(
        estado=random.choice(Cita.Estado.values)
    ),
    lambda random, negocio: Cita.objects.filter(pk__in=_some(random, negocio)).update(
        fecha=F("fecha") + dt.timedelta(days=1)
    ),
    lambda random, negocio: Cita.objects.filter(pk__in=_some(random, negocio)).delete(),
    lambda random, negocio: Servicio.objects.create(negocio=negocio, nombre=_name(random)),
    lambda random, negocio: Estacion.objects.create(negocio=negocio, nombre=_name(random)),
    lambda random, negocio: Servicio.objects.filter(negocio=negocio).update(precio=random.randint(1, 99)),
    lambda random, negocio: Horario.objects.create(
        negocio=negocio, dia=random.randrange(7), abre=dt.time(9), cierra=dt.time(18)
    ),
    lambda random, negocio: Horario.objects.filter(negocio=negocio).delete(),
    _rename(Servicio), _rename(Estacion), _drop(Servicio), _drop(Estacion),
)  # fmt: skip


def _touched() -> frozenset[str]:
    """The tables that the outbox says were written since it was last asked."""
    sources = frozenset(Change.objects.values_list("source", flat=True))
    Change.objects.all().delete()
    return sources


def test_no_write_moves_a_metric_that_the_table_does_not_name_and_each_named_one_moves() -> None:
    random, negocio, bystander = Random(7), shop(), shop()
    moves = {model._meta.db_table: names for model, names in KIND.moves.items()}
    moved: dict[str, set[str]] = {table: set() for table in moves}
    _a_cita(random, bystander).save()
    before = figures((negocio, bystander))
    _touched()
    for _ in range(250):
        random.choice(WRITES)(random, negocio)
        after, tables = figures((negocio, bystander)), _touched()
        changed = {name for name in after if after[name][negocio.pk] != before[name][negocio.pk]}
        assert changed <= frozenset().union(*(moves[table] for table in tables))
        assert all(after[name][bystander.pk] == before[name][bystander.pk] for name in after)
        if len(tables) == 1:
            moved[next(iter(tables))] |= changed
        before = after
    assert moved == {table: set(names) for table, names in moves.items()}


def test_an_update_that_changes_nothing_is_no_change() -> None:
    negocio = shop()
    _a_cita(Random(1), negocio).save()
    _touched()
    Cita.objects.filter(negocio=negocio).update(estado=F("estado"))
    assert _touched() == frozenset()


def test_a_large_update_after_a_small_one_stays_linear() -> None:
    negocio = shop()
    Cita.objects.bulk_create(Cita(negocio=negocio, fecha=DAY, hora_inicio=dt.time(10)) for _ in range(5_000))
    Cita.objects.filter(negocio=negocio, pk__lt=0).update(cliente_id="1")
    start = time.monotonic()
    Cita.objects.filter(negocio=negocio).update(cliente_id="1")
    assert time.monotonic() - start < 3  # 0.1 s; 6 s where the trigger's plan was made for no rows
    newest = Change.objects.latest("pk")
    assert (newest.row_count, newest.rows) == (5_000, None)


def test_a_change_of_estado_tells_the_old_and_the_new_one() -> None:
    negocio = shop()
    cita = _a_cita(Random(1), negocio)
    cita.estado, cita.fecha = "pendiente", DAY
    cita.save()
    _touched()
    Cita.objects.filter(pk=cita.pk).update(estado="confirmada")
    change = Change.objects.get()
    assert (change.negocio_id, change.operation, change.row_count) == (negocio.pk, "update", 1)
    assert change.rows == [
        {
            "key": cita.pk,
            "old": {"estado": "pendiente", "fecha": "2025-11-10"},
            "new": {"estado": "confirmada", "fecha": "2025-11-10"},
        }
    ]


def test_a_cascade_is_seen_as_a_change_of_the_citas() -> None:
    negocio = shop()
    servicio = Servicio.objects.create(negocio=negocio, nombre="Corte")
    cita = _a_cita(Random(1), negocio)
    cita.servicio = servicio
    cita.save()
    _touched()
    servicio.delete()
    assert _touched() == {"citas_cita", "citas_servicio"}
