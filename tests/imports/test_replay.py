"""The command replay, by a clock that only it moves."""

import io
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dashboards.importing import BadRow, MappedRow
from dashboards.management.commands.replay import Command
from dashboards.models import Negocio
from tests.imports.fakes import FakeKind
from tests.imports.test_schedule import FakeClock

pytestmark = pytest.mark.django_db
ROWS = (
    "shop,no,how,on\n"
    "Uno,3,OPEN,2020-01-03\n"
    "Uno,1,OPEN,2020-01-01\n"
    "Dos,2,DONE,2020-01-02\n"
    "Dos,4,LOST,2020-01-02\n"
    "Uno,5,OPEN,\n"
    "Uno,6,OPEN,2020-01-11\n"
)
OPTIONS = ["--negocio-column", "shop", "--map", "id=no", "state=how", "day=on"]


class Stage:
    """A file, a fake kind, a fake clock; notes when each row happened."""

    def __init__(self, kind: FakeKind, path: Path, clock: FakeClock) -> None:
        self.kind, self.path, self.clock, self.start = kind, path, clock, clock.now
        self.times: list[tuple[str, float]] = []
        self.on_row: Callable[[MappedRow], None] = lambda row: None

    def happen(self, negocio: Negocio, row: MappedRow) -> None:
        self.on_row(row)
        self.times.append((row["id"], self.clock.now - self.start))

    def replay(self, *options: str) -> tuple[str, str]:
        out, err = io.StringIO(), io.StringIO()
        call_command("replay", "fake", str(self.path), *OPTIONS, *options, stdout=out, stderr=err)
        return out.getvalue().strip(), err.getvalue()


@pytest.fixture
def stage(fake: FakeKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    clock, path = FakeClock(), tmp_path / "rows.csv"
    path.write_text(ROWS)
    monkeypatch.setattr(Command, "clock", staticmethod(clock))
    monkeypatch.setattr(Command, "sleep", staticmethod(clock.sleep))
    made = Stage(fake, path, clock)
    fake.on_happen = made.happen
    return made


def test_rows_happen_in_the_order_of_their_dates_at_the_speed_asked_for(stage: Stage) -> None:
    out, err = stage.replay("--speed", "86400")
    assert [number for number, _ in stage.times] == ["1", "2", "3", "6"]
    assert [after for _, after in stage.times] == pytest.approx([0, 1, 2, 10])
    assert out == "4 of 4 rows written in 10.0 s"
    assert err.splitlines() == ["line 5: state='LOST': none of OPEN, DONE", "line 6: day='': is empty"]


def test_default_speed_makes_days_of_seconds(stage: Stage) -> None:
    stage.replay()
    assert stage.times[-1][1] == pytest.approx(8.64)


def test_rate_is_rows_a_second(stage: Stage) -> None:
    stage.replay("--rate", "4")
    assert [after for _, after in stage.times] == pytest.approx([0, 0.25, 0.5, 0.75])


def test_part_of_the_file_can_be_asked_for(stage: Stage) -> None:
    out, _ = stage.replay("--from", "2020-01-02", "--to", "2020-01-11", "--limit", "2", "--rate", "9")
    assert [number for number, _ in stage.times] == ["2", "3"]
    assert out.startswith("2 of 2 rows written")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_after_the_row_with_a_summary(stage: Stage, number: signal.Signals) -> None:
    def interrupt(row: MappedRow) -> None:
        if row["id"] == "2":
            signal.raise_signal(number)

    stage.on_row = interrupt
    out, _ = stage.replay("--speed", "86400")
    assert [number for number, _ in stage.times] == ["1", "2"]
    assert out == f"2 of 4 rows written in 1.0 s (stopped by {number.name})"


def test_row_that_cannot_happen_is_told_and_left_out(stage: Stage) -> None:
    def refuse(row: MappedRow) -> None:
        if row["id"] == "2":
            raise BadRow("id", "2", "refused")

    stage.on_row = refuse
    out, err = stage.replay("--rate", "9")
    assert [number for number, _ in stage.times] == ["1", "3", "6"]
    assert out.startswith("3 of 4 rows written")
    assert "line 4: id='2': refused" in err


def test_bad_row_can_end_it_before_anything_happens(stage: Stage) -> None:
    with pytest.raises(CommandError, match="aborted at line 5"):
        stage.replay("--on-error", "abort")
    assert stage.times == []


def test_plan_that_cannot_be_kept_is_told(stage: Stage) -> None:
    def work(row: MappedRow) -> None:
        stage.clock.now += 2

    stage.on_row = work
    out, _ = stage.replay("--rate", "1000")
    assert "6.0 s behind the plan" in out


def test_file_without_dates_is_told(stage: Stage) -> None:
    with pytest.raises(CommandError, match="required, but without a column: day"):
        call_command("replay", "fake", str(stage.path), "--negocio", "x", "--map", "id=no", "state=how")


@pytest.mark.parametrize(
    "option", [("--speed", "0"), ("--rate", "-1"), ("--speed", "nan"), ("--limit", "0"), ("--from", "soon")]
)
def test_wrong_numbers_and_dates_are_told(stage: Stage, option: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match=option[0]):
        stage.replay(*option)
