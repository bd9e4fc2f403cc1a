"""The command import_csv, as its user meets it."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from dashboards.imports.reporting import MOST_SHOWN
from dashboards.kinds import Kind, kinds
from dashboards.models import Negocio
from tests.imports.fakes import FakeKind

pytestmark = pytest.mark.django_db
MAP = ["--map", "id=no", "state=how", "--map", "day=on"]
GOOD = "shop,no,how,on\nUno,1,OPEN,2020-01-01\nDos,1,DONE,2020-01-02\nUno,2,OPEN,2020-01-03\n"
BAD = GOOD + "Uno,3,LOST,2020-01-04\nUno,4,OPEN,soon\nDos,5,OPEN,2020-01-05\n"


class Ran:
    """What a run of the command printed, and the CommandError that ended it, if one did."""

    def __init__(self, *arguments: str | Path) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.error: CommandError | None = None
        try:
            call_command("import_csv", *map(str, arguments), stdout=out, stderr=err)
        except CommandError as error:
            self.error = error
        self.out, self.err = out.getvalue(), err.getvalue()


def file(folder: Path, content: str | bytes) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_rows_are_stored_under_negocios_made_for_them(fake: FakeKind, tmp_path: Path) -> None:
    ran = Ran("fake", file(tmp_path, GOOD), "--negocio-column", "shop", *MAP, "--time-zone", "America/Guayaquil")
    assert ran.error is None
    assert ran.out.startswith("3 rows read: 3 new, 0 updated, 0 skipped; 2 negocios made; ")
    assert ran.out.strip().endswith("rows/s")
    assert set(fake.rows) == {("uno", "1"), ("dos", "1"), ("uno", "2")}
    assert set(Negocio.objects.values_list("kind", "time_zone")) == {("fake", "America/Guayaquil")}


def test_second_run_updates(fake: FakeKind, tmp_path: Path) -> None:
    path = file(tmp_path, GOOD)
    Ran("fake", path, "--negocio-column", "shop", *MAP)
    again = Ran("fake", path, "--negocio-column", "shop", *MAP)
    assert again.out.startswith("3 rows read: 0 new, 3 updated, 0 skipped; 0 negocios made; ")


def test_file_of_one_negocio_says_its_code(fake: FakeKind, tmp_path: Path) -> None:
    ran = Ran("fake", file(tmp_path, GOOD), "--negocio", "taller-1", *MAP)
    assert "1 with an id that a later row has too; 1 negocios made" in ran.out
    assert set(fake.rows) == {("taller-1", "1"), ("taller-1", "2")}


def test_bad_rows_are_told_and_skipped(fake: FakeKind, tmp_path: Path) -> None:
    ran = Ran("fake", file(tmp_path, BAD), "--negocio-column", "shop", *MAP)
    assert ran.error is None
    assert ran.err.splitlines() == [
        "line 5: state='LOST': none of OPEN, DONE",
        "line 6: day='soon': Invalid isoformat string: 'soon'",
    ]
    assert "6 rows read: 4 new, 0 updated, 2 skipped" in ran.out


def test_abort_says_what_is_kept(fake: FakeKind, tmp_path: Path) -> None:
    ran = Ran("fake", file(tmp_path, BAD), "--negocio-column", "shop", *MAP, "--on-error", "abort", "--batch", "2")
    assert ran.error is not None
    assert ran.error.returncode == 1
    assert str(ran.error) == (
        "aborted at line 5: state='LOST': none of OPEN, DONE\n"
        "Kept: the rows up to line 3, in whole batches. Nothing after that line."
    )
    assert "2 rows read: 2 new" in ran.out
    assert set(fake.rows) == {("uno", "1"), ("dos", "1")}


def test_abort_in_the_first_batch_keeps_nothing(fake: FakeKind, tmp_path: Path) -> None:
    ran = Ran("fake", file(tmp_path, BAD), "--negocio-column", "shop", *MAP, "--on-error", "abort")
    assert str(ran.error).endswith("Nothing of the file is kept.")
    assert fake.rows == {}
    assert not Negocio.objects.exists()


def test_dry_run_does_everything_and_keeps_nothing(fake: FakeKind, tmp_path: Path) -> None:
    ran = Ran("fake", file(tmp_path, BAD), "--negocio-column", "shop", *MAP, "--dry-run", "--batch", "1")
    assert ran.out.startswith("Dry run, nothing is kept: 6 rows read: 4 new, 0 updated, 2 skipped")
    assert not Negocio.objects.exists()


def test_few_bad_rows_are_printed_and_all_are_in_the_file_of_errors(fake: FakeKind, tmp_path: Path) -> None:
    rows = "".join(f"Uno,{number},LÖST,2020-01-01\n" for number in range(50))
    errors = tmp_path / "errors.csv"
    ran = Ran("fake", file(tmp_path, GOOD + rows), "--negocio-column", "shop", *MAP, "--errors", errors)
    assert len(ran.err.splitlines()) == MOST_SHOWN + 1
    with errors.open(newline="", encoding="utf-8") as told:
        header, *lines = csv.reader(told)
    assert header == ["line", "field", "value", "reason"]
    assert lines[0] == ["5", "state", "LÖST", "none of OPEN, DONE"]
    assert len(lines) == 50


def test_file_of_errors_is_never_the_file_itself(fake: FakeKind, tmp_path: Path) -> None:
    path = file(tmp_path, GOOD)
    ran = Ran("fake", path, "--negocio-column", "shop", *MAP, "--errors", path)
    assert "--errors" in str(ran.error)
    assert path.read_text() == GOOD


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"", [], "the file is empty"),
        (b"\xff\xfea\0b\0", [], "say --encoding utf-16"),
        (b"\0\0\0", [], "the file has no column 'no'"),
        (GOOD.encode(), ["--encoding", "klingon"], "there is no text encoding 'klingon'"),
        (GOOD.encode(), ["--encoding", "utf-16"], "not utf-16"),
        (GOOD.encode(), ["--delimiter", ";"], "the file has no column 'no'"),
        (GOOD.replace(",", ";").encode(), [], "is it --delimiter ';'?"),
        (
            GOOD.encode(),
            ["--map", "nope=no"],
            "there is no field 'nope'; the fields are id, state, day, amount",
        ),
        (GOOD.encode(), ["--value", "state:X=Y"], "--value: state='Y': none of OPEN, DONE"),
        (GOOD.encode(), ["--time-zone", "Mars"], "'Mars' is no IANA time zone"),
        (GOOD.encode(), ["--time-zone", "../etc"], "is no IANA time zone"),
        (GOOD.encode(), ["--batch", "0"], "--batch: at least 1"),
        (GOOD.encode(), ["--negocio", "x"], "say either this or --negocio CODE"),
        (GOOD.encode(), ["--errors", "/nowhere/at/all"], "--errors: /nowhere/at/all: No such file"),
    ],
)
def test_what_cannot_work_is_told_without_a_traceback(
    fake: FakeKind, tmp_path: Path, content: bytes, options: list[str], message: str
) -> None:
    ran = Ran("fake", file(tmp_path, content), "--negocio-column", "shop", *MAP, *options)
    assert message in str(ran.error)
    assert fake.rows == {}


def test_missing_file_is_told(fake: FakeKind, tmp_path: Path) -> None:
    assert "No such file" in str(Ran("fake", tmp_path / "none.csv", "--negocio-column", "shop", *MAP).error)


def test_negocio_or_its_column_must_be_said(fake: FakeKind, tmp_path: Path) -> None:
    assert "--negocio CODE" in str(Ran("fake", file(tmp_path, GOOD), *MAP).error)


def test_unknown_kind_is_told_with_the_choices(tmp_path: Path) -> None:
    error = str(Ran("shoes", file(tmp_path, GOOD), "--negocio", "x").error)
    assert error.startswith("there is no kind 'shoes'; the kinds are ")


def test_kind_that_takes_no_files_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = Kind(name="mute", label="", metrics=(), moves={}, topics=(), page="")
    monkeypatch.setitem(kinds(), "mute", kind)
    assert "mute takes no rows from files" in str(Ran("mute", file(tmp_path, GOOD), "--negocio", "x").error)


def test_broken_bytes_and_rows_cost_their_rows_only(fake: FakeKind, tmp_path: Path) -> None:
    content = GOOD.encode() + b'Caf\xe9,7,OPEN,\nUno,8\0,OPEN,\nUno,9\nUno,10,OPEN,\n"Uno,11,OPEN,\n'
    ran = Ran("fake", file(tmp_path, content), "--negocio-column", "shop", *MAP)
    assert ran.err.splitlines() == [
        "line 5: negocio='Caf�': the byte 0xe9 is not of the file's encoding",
        "line 6: id='8\\x00': holds a NUL",
        "line 7: 2 columns where the header has 4",
        "line 9: a quote opens here and is never closed",
    ]
    assert "8 rows read: 4 new, 0 updated, 4 skipped" in ran.out


def test_database_that_goes_away_is_told_with_what_is_kept(
    fake: FakeKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(rows: object) -> int:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(fake, "write", write)
    monkeypatch.setitem(
        kinds(),
        "fake",
        Kind(name="fake", label="", metrics=(), moves={}, topics=(), page="", imports=fake.shape),
    )
    ran = Ran("fake", file(tmp_path, GOOD), "--negocio-column", "shop", *MAP)
    assert str(ran.error) == "the connection is lost\nNothing of the file is kept."
