"""What do changes call for: which metrics, which events, whose rights?"""

from typing import Any

import pytest

from dashboards.businesses.repairs.models import Equipment, Person, RepairOrder
from dashboards.kinds import Kind, kinds
from dashboards.models import Change, Membership, Negocio, NegocioKey
from realtime.pipeline import work_of

REPAIRS: Kind = kinds()["repairs"]
EVERYTHING = frozenset(metric.name for metric in REPAIRS.metrics)


def changed(model: Any, operation: str = "update", *rows: tuple[Any, Any]) -> Change:
    """A change of the model's table; rows: (old state, new state)."""
    states = [{"key": number, "old": old, "new": new} for number, (old, new) in enumerate(rows)]
    return Change(negocio_id=1, source=model._meta.db_table, operation=operation, rows=states or None)


def order(old: str | None, new: str | None) -> tuple[Any, Any]:
    return (old and {"status": old}, new and {"status": new})


@pytest.mark.parametrize("model", list(REPAIRS.moves))
def test_a_change_calls_for_the_metrics_of_its_table(model: Any) -> None:
    for operation in ("insert", "update", "delete", "truncate"):
        assert work_of(REPAIRS, [changed(model, operation)]).metrics == REPAIRS.moves[model]


def test_several_changes_call_for_all_of_theirs() -> None:
    work = work_of(REPAIRS, [changed(Equipment), changed(Person)])
    assert work.metrics == REPAIRS.moves[Equipment] | REPAIRS.moves[Person]


def test_a_negocios_own_row_moves_everything() -> None:
    work = work_of(REPAIRS, [changed(Negocio)])
    assert (work.metrics, work.causes, work.tenancy) == (EVERYTHING, (), True)


@pytest.mark.parametrize("model", [Membership, NegocioKey])
def test_rights_move_no_figure(model: Any) -> None:
    work = work_of(REPAIRS, [changed(model)])
    assert (work.metrics, work.causes, work.tenancy) == (frozenset(), (), True)


def test_a_table_of_another_kind_calls_for_nothing() -> None:
    work = work_of(kinds()["citas"], [changed(RepairOrder, "insert", order(None, "IN_REVIEW"))])
    assert (work.metrics, work.causes, work.tenancy) == (frozenset(), (), False)


def test_a_negocio_of_no_kind_has_rights_and_nothing_else() -> None:
    work = work_of(None, [changed(RepairOrder), changed(Membership)])
    assert (work.metrics, work.causes, work.tenancy) == (frozenset(), (), True)


def test_a_refresh_calls_for_everything_and_names_its_event() -> None:
    asked = Change(negocio_id=1, source="", operation="refresh", rows=[{"event": "PROMOCION"}])
    unnamed = Change(negocio_id=1, source="", operation="refresh", rows=[{"event": ""}])
    assert work_of(REPAIRS, [asked, unnamed]).metrics == EVERYTHING
    assert work_of(REPAIRS, [asked, unnamed]).causes == ("PROMOCION",)


@pytest.mark.parametrize(
    ("operation", "row", "events"),
    [
        ("insert", order(None, "IN_REVIEW"), ["REPAIR_ORDER_CREATED"]),
        ("insert", order(None, "DELIVERED"), ["REPAIR_ORDER_CREATED"]),
        ("update", order("IN_REVIEW", "READY"), ["REPAIR_ORDER_UPDATED"]),
        ("update", order("READY", "READY"), ["REPAIR_ORDER_UPDATED"]),
        ("update", order("READY", "DELIVERED"), ["REPAIR_ORDER_COMPLETED"]),
        ("update", order("DELIVERED", "DELIVERED"), ["REPAIR_ORDER_UPDATED"]),
        ("update", order(None, "READY"), ["REPAIR_ORDER_CREATED"]),
        ("update", order("READY", None), ["REPAIR_ORDER_DELETED"]),
        ("delete", order("READY", None), ["REPAIR_ORDER_DELETED"]),
        ("truncate", order(None, None), []),
    ],
)
def test_which_change_of_an_order_is_which_event(operation: str, row: Any, events: list[str]) -> None:
    assert list(work_of(REPAIRS, [changed(RepairOrder, operation, row)]).causes) == events


def test_each_event_is_named_once_oldest_first() -> None:
    created = changed(RepairOrder, "insert", order(None, "IN_REVIEW"), order(None, "IN_REVIEW"))
    completed = changed(RepairOrder, "update", order("READY", "DELIVERED"), order("READY", "READY"))
    causes = work_of(REPAIRS, [created, completed, created]).causes
    assert causes[0] == "REPAIR_ORDER_CREATED"
    assert sorted(causes) == ["REPAIR_ORDER_COMPLETED", "REPAIR_ORDER_CREATED", "REPAIR_ORDER_UPDATED"]


def test_a_statement_of_too_many_rows_moves_figures_and_makes_no_event() -> None:
    work = work_of(REPAIRS, [Change(negocio_id=1, source="repairs_order", operation="insert", row_count=1_001)])
    assert (work.metrics, work.causes) == (REPAIRS.moves[RepairOrder], ())
