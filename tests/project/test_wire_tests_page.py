"""Does docs/wire-tests.md name only tests that there are, for every row one, and every test of the rows?"""

import ast
import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ACCEPTANCE = "tests/acceptance"
LINES = (ROOT / "docs/wire-tests.md").read_text().splitlines()
ROWS = [line for line in LINES if line.startswith("| ") and not re.fullmatch(r"\| \w+ \| test \|", line)]
NAMED = [(Path(file), name) for row in ROWS for file, name in re.findall(r"`([\w/.]+\.py)::(\w+)`", row)]
NOT_YET = "| not yet |"


def place(file: Path) -> Path:
    return ROOT / (file if len(file.parts) > 1 else Path(ACCEPTANCE) / file)


def names_in(file: Path) -> set[str]:
    nodes = ast.walk(ast.parse(file.read_text()))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def test_every_test_that_it_names_is_there() -> None:
    missing = [f"{file}::{name}" for file, name in NAMED if name not in names_in(place(file))]
    assert missing == []


def test_every_row_has_a_test_or_says_that_it_is_not_there_yet() -> None:
    assert len(ROWS) > 90
    assert [row for row in ROWS if "::" not in row and not row.endswith(NOT_YET)] == []


def test_every_test_of_the_rows_and_of_the_foreign_clients_is_on_it() -> None:
    for file in (Path("test_wire_rows.py"), Path("test_foreign_clients.py")):
        assert names_in(place(file)) - {name for named, name in NAMED if named == file} == set()
