"""What a batch import keeps, counts and refuses."""

from collections.abc import Callable, Sequence

import pytest

from dashboards.imports.batches import BatchImport, Tally
from dashboards.imports.errors import Aborted, Rejected
from dashboards.imports.mapping import row_map
from dashboards.imports.negocios import Negocios
from dashboards.imports.reading import Record
from dashboards.models import Negocio
from tests.imports.fakes import FakeKind

pytestmark = pytest.mark.django_db
HEADER = ("shop", "no", "how")


def run(
    kind: FakeKind, rows: Sequence[str], size: int = 100, reject: Callable[[Rejected], None] | None = None
) -> tuple[Tally, list[str]]:
    bad: list[str] = []
    rows_map = row_map(kind.shape, HEADER, {"id": "no", "state": "how"}, {}, "shop")
    work = BatchImport(kind.shape, Negocios("fake"), rows_map, reject or (lambda rejected: bad.append(str(rejected))))
    records = (Record(number, row.split()) for number, row in enumerate(rows, start=2))
    for _ in work.run(records, size):
        pass
    return work.tally, bad


def test_new_and_updated_rows_are_counted() -> None:
    kind = FakeKind()
    assert run(kind, ["a 1 OPEN", "a 2 OPEN", "b 1 OPEN"])[0] == Tally(read=3, new=3, last_line=4)
    assert run(kind, ["a 1 DONE", "b 2 OPEN"])[0] == Tally(read=2, new=1, updated=1, last_line=3)
    assert kind.rows["a", "1"]["state"] == "DONE"
    assert kind.rows["b", "1"]["state"] == "OPEN"


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_of_rows_with_one_id_the_last_wins_whatever_the_batch(size: int) -> None:
    kind = FakeKind()
    run(kind, ["a 9 OPEN"])
    tally, _ = run(kind, ["a 1 OPEN", "a 9 OPEN", "a 1 DONE", "b 1 OPEN", "a 9 DONE"], size)
    assert tally == Tally(read=5, new=2, updated=1, repeated=2, last_line=6)
    assert {key: row["state"] for key, row in kind.rows.items()} == {
        ("a", "1"): "DONE", ("a", "9"): "DONE", ("b", "1"): "OPEN",
    }  # fmt: skip


def test_bad_rows_are_told_with_line_field_and_value_and_left_out() -> None:
    kind = FakeKind()
    tally, bad = run(kind, ["a 1 OPEN", "a 2 LOST", "a 3 OPEN"])
    assert bad == ["line 3: state='LOST': none of OPEN, DONE"]
    assert tally == Tally(read=3, new=2, skipped=1, last_line=4)


def test_row_that_the_database_refuses_costs_itself_only() -> None:
    kind = FakeKind(refused={"3", "7"})
    tally, bad = run(kind, [f"a {number} OPEN" for number in range(10)])
    assert bad == ["line 5: id='3': refused", "line 9: id='7': refused"]
    assert tally == Tally(read=10, new=8, skipped=2, last_line=11)
    assert len(kind.rows) == 8


def test_rows_go_out_in_batches() -> None:
    kind = FakeKind()
    run(kind, [f"a {number} OPEN" for number in range(5)], size=2)
    assert kind.sizes == [2, 2, 1]


def test_abort_keeps_the_batches_before_and_nothing_of_its_own() -> None:
    kind = FakeKind()

    def abort(bad: Rejected) -> None:
        raise Aborted(bad)

    with pytest.raises(Aborted, match="aborted at line 5: state='LOST'"):
        run(kind, ["a 1 OPEN", "a 2 OPEN", "b 1 OPEN", "a 3 LOST"], 2, abort)
    assert set(kind.rows) == {("a", "1"), ("a", "2")}
    assert list(Negocio.objects.filter(kind="fake").values_list("name", flat=True)) == ["a"]
