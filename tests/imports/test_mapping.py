"""What --map and --value may say, and what becomes of a record."""

import datetime as dt

import pytest

from dashboards.importing import BadRow
from dashboards.imports.errors import BadOption
from dashboards.imports.mapping import RowMap, column_pairs, row_map, value_pairs
from dashboards.imports.reading import Record
from tests.imports.fakes import FakeKind

HEADER = ("shop", "no", "how", "on", "twice", "twice")
ALL = {"id": "no", "state": "how", "day": "on"}
SHAPE = FakeKind().shape


def mapped(*values: str, columns: dict[str, str] = ALL, column: str | None = "shop") -> RowMap:
    return row_map(SHAPE, HEADER, columns, value_pairs(values), column, frozenset({"id"}))


def cells(**named: str) -> Record:
    return Record(2, [named.get(name, "") for name in HEADER])


def test_row_has_every_field_parsed_or_its_default() -> None:
    owner, row = mapped().row(cells(shop=" Café Uno ", no="7", how="OPEN", on="2020-02-29"))
    assert owner == "Café Uno"
    assert row == {"id": "7", "state": "OPEN", "day": dt.date(2020, 2, 29), "amount": 0}


def test_empty_text_of_an_optional_field_is_its_default() -> None:
    assert mapped().row(cells(shop="x", no="7", how="OPEN"))[1]["day"] is None


def test_value_stands_for_a_text_the_empty_one_too() -> None:
    rows = mapped("state:Fixed=DONE", "state:a=b=OPEN", "state:=OPEN")
    states = [rows.row(cells(shop="x", no="7", how=how))[1]["state"] for how in ("Fixed", "a=b", "", "DONE")]
    assert states == ["DONE", "OPEN", "OPEN", "DONE"]


@pytest.mark.parametrize(
    ("record", "field", "reason"),
    [
        (cells(shop="x", no="7", how="Lost"), "state", "none of OPEN, DONE"),
        (cells(shop="x", no="7"), "state", "is empty"),
        (cells(shop="x", how="OPEN"), "id", "is empty"),
        (cells(no="7", how="OPEN"), "negocio", "is empty"),
        (cells(shop="x", no="7", how="OPEN", on="soon"), "day", "Invalid isoformat string: 'soon'"),
        (cells(shop="x", no="a\0b", how="OPEN"), "id", "holds a NUL"),
        (
            cells(shop="Caf\udce9", no="7", how="OPEN"),
            "negocio",
            "the byte 0xe9 is not of the file's encoding",
        ),
        (Record(2, (), "broken"), "", "broken"),
    ],
)
def test_bad_row_names_field_and_reason(record: Record, field: str, reason: str) -> None:
    with pytest.raises(BadRow) as bad:
        mapped().row(record)
    assert (bad.value.field, bad.value.reason) == (field, reason)


def test_what_no_field_reads_may_hold_anything() -> None:
    assert mapped().row(cells(shop="x", no="7", how="OPEN", twice="\0\udce9"))


@pytest.mark.parametrize(
    ("columns", "values", "message"),
    [
        (
            {**ALL, "stat": "how"},
            (),
            "--map: there is no field 'stat'; the fields are id, state, day, amount",
        ),
        ({"id": "no"}, (), "--map: required, but without a column: state"),
        ({"state": "how"}, (), "--map: required, but without a column: id"),
        ({**ALL, "day": "date"}, (), "the file has no column 'date'; its columns are shop, no, how, on"),
        ({**ALL, "day": "twice"}, (), "--map: the file has 2 columns 'twice'"),
        (ALL, ("amount:x=1",), "--value: the field 'amount' has no column; add --map amount=COLUMN"),
        (ALL, ("state:Fixed=FIXD",), "--value: state='FIXD': none of OPEN, DONE"),
    ],
)
def test_wrong_mapping_is_told_with_the_choices(columns: dict[str, str], values: tuple[str, ...], message: str) -> None:
    with pytest.raises(BadOption) as wrong:
        mapped(*values, columns=columns)
    assert message in str(wrong.value)


def test_wrong_negocio_column_is_told() -> None:
    with pytest.raises(BadOption, match="--negocio-column: the file has no column 'group'"):
        mapped(column="group")


def test_wrong_delimiter_is_suspected() -> None:
    with pytest.raises(BadOption, match="is it --delimiter ';'"):
        row_map(SHAPE, ["no;how"], {"id": "no", "state": "how"}, {}, None)


@pytest.mark.parametrize("text", ["status", "=x", "status=", ""])
def test_map_of_another_form_is_told(text: str) -> None:
    with pytest.raises(BadOption, match="not of the form field=column"):
        column_pairs([text])


@pytest.mark.parametrize("text", ["status", "status:x", "status=x", ":a=b"])
def test_value_of_another_form_is_told(text: str) -> None:
    with pytest.raises(BadOption, match="not of the form field:from=to"):
        value_pairs([text])


def test_field_or_text_named_twice_is_told() -> None:
    with pytest.raises(BadOption, match="two columns: 'a' and 'b'"):
        column_pairs(["x=a", "x=b"])
    with pytest.raises(BadOption, match="two values: 'b' and 'c'"):
        value_pairs(["x:a=b", "x:a=c"])


def test_column_may_contain_an_equals_sign() -> None:
    assert column_pairs(["id=a=b"]) == {"id": "a=b"}
