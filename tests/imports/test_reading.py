"""Records and their lines, and files that are none."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.imports.errors import BadOption, Unreadable
from dashboards.imports.reading import MOST_FIELD, Record, open_table


def records(path: Path, content: bytes, **form: str) -> list[Record]:
    path = path / "file.csv" if path.is_dir() else path
    path.write_bytes(content)
    with open_table(path, **form) as table:
        return list(table)


def test_lines_are_physical_and_count_quoted_newlines(tmp_path: Path) -> None:
    content = b'a,b\n1,"x\ny\r\nz"\n2,t\n\n3,u\n'
    assert [(r.line, r.cells[0]) for r in records(tmp_path, content)] == [(2, "1"), (5, "2"), (7, "3")]


def test_lines_count_from_a_header_that_spans_lines(tmp_path: Path) -> None:
    assert [r.line for r in records(tmp_path, b'\na,"b\nc"\n1,2\n')] == [4]


def test_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes("\ufeffid,año\n1,2\n".encode())
    with open_table(path) as table:
        assert table.header == ("id", "año")


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_every_line_ending_is_one(tmp_path: Path, ending: bytes) -> None:
    content = ending.join([b"a,b", b"1,2", b"3,4", b""])
    assert [(r.line, *r.cells) for r in records(tmp_path, content)] == [(2, "1", "2"), (3, "3", "4")]


def test_short_and_long_rows_say_how_many_columns_they_have(tmp_path: Path) -> None:
    faults = [r.fault for r in records(tmp_path, b"a,b\n1\n1,2,3\n1,2\n")]
    assert faults == ["1 columns where the header has 2", "3 columns where the header has 2", ""]


def test_quote_that_is_never_closed_says_what_went_with_it(tmp_path: Path) -> None:
    first, second = records(tmp_path, b'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    assert not first.fault
    assert second.line == 3
    assert second.fault == "a quote opens here and is never closed (everything from here to line 5 went with it)"


def test_text_after_a_closing_quote_costs_its_row_only(tmp_path: Path) -> None:
    first, second = records(tmp_path, b'a,b\n1,"x"y\n3,4\n')
    assert first.fault
    assert (second.line, second.fault) == (3, "")


def test_huge_field_costs_its_row_only(tmp_path: Path) -> None:
    first, second = records(tmp_path, b"a,b\n1," + b"x" * (MOST_FIELD + 1) + b"\n3,4\n")
    assert f"{MOST_FIELD:,}" in first.fault
    assert (second.line, second.cells) == (3, ["3", "4"])


def test_reading_leaves_the_limit_of_the_csv_module_as_it_was(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    records(tmp_path, b"a\n1\n")
    assert csv.field_size_limit() == before


def test_endless_line_is_no_csv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.imports.reading.MOST_LINE", 100)
    with pytest.raises(Unreadable, match="line 2: longer than 100 characters"):
        records(tmp_path, b"a\n" + b"x" * 200)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_file_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable, match="the file is empty"):
        records(tmp_path, content)


def test_header_alone_is_a_file_without_records(tmp_path: Path) -> None:
    assert records(tmp_path, b"a,b\n") == []


def test_missing_file_and_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"), open_table(tmp_path / "none.csv"):
        pass
    with pytest.raises(Unreadable, match="directory"), open_table(tmp_path):
        pass


def test_utf_16_is_recognised_and_can_be_read(tmp_path: Path) -> None:
    content = "a,b\nñ,2\n".encode("utf-16")
    with pytest.raises(Unreadable, match="--encoding utf-16"):
        records(tmp_path, content)
    assert records(tmp_path, content, encoding="utf-16") == [Record(2, ["ñ", "2"])]


def test_bytes_that_utf_16_cannot_hold_are_told_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="not utf-16"):
        records(tmp_path, "a\n1".encode("utf-16") + b"\x00\xd8x", encoding="utf-16")


def test_latin_1_can_be_read(tmp_path: Path) -> None:
    assert records(tmp_path, b"a\nCaf\xe9\n", encoding="latin-1") == [Record(2, ["Café"])]


@pytest.mark.parametrize("encoding", ["nonsense", "hex", "rot13", ""])
def test_encoding_that_is_none_is_told(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(BadOption, match="--encoding"):
        records(tmp_path, b"a\n", encoding=encoding)


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "\0"])
def test_delimiter_that_is_none_is_told(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(BadOption, match="--delimiter"):
        records(tmp_path, b"a\n", delimiter=delimiter)


CELLS = st.lists(st.tuples(*[st.text(st.sampled_from('ab,"\n\r é\u2028'), max_size=6)] * 3), min_size=1, max_size=8)


@given(CELLS)
def test_what_was_written_is_read_on_the_line_where_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, ...]]
) -> None:
    text, starts = io.StringIO(newline=""), []
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow("abc")
    for row in cells:
        starts.append(len(text.getvalue().replace("\r\n", "\n").replace("\r", "\n").split("\n")))
        writer.writerow(row)
    path = tmp_path_factory.mktemp("table") / "file.csv"
    assert records(path, text.getvalue().encode()) == [
        Record(line, list(row)) for line, row in zip(starts, cells, strict=True)
    ]
