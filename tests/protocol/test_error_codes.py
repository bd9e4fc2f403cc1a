"""Is docs/error-codes.md the table of errors.py?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from realtime.protocol import errors
from realtime.protocol.errors import CloseCode, Failure

PAGE = (Path(settings.BASE_DIR) / "docs" / "error-codes.md").read_text()
FAILURES = [failure for failure in vars(errors).values() if isinstance(failure, Failure)]


def rows(columns: int) -> Iterator[list[str]]:
    """The cells of the page's table rows of so many columns that begin with a number."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == columns and cells[0].isdigit():
            yield cells


def close_codes() -> Iterator[list[str]]:
    return (row for row in rows(4) if re.fullmatch(r"`\w+`", row[1]))


def test_every_close_code_stands_in_the_page() -> None:
    assert [(int(code), name.strip("`")) for code, name, _, _ in close_codes()] == sorted(
        (code.value, code.name) for code in CloseCode
    )


def test_every_failure_stands_in_the_page() -> None:
    written = [(int(row[0]), row[1], row[2]) for row in rows(4) if row[2] in ("yes", "no")]
    assert written == [(int(each.code), each.reason, "yes" if each.retry else "no") for each in FAILURES]


@pytest.mark.parametrize("code", [code for code in CloseCode if 4000 <= code < 4200])
def test_the_range_says_what_to_do(code: CloseCode) -> None:
    (advice,) = (do for number, _, _, do in close_codes() if int(number) == code)
    assert advice.startswith("reconnect") == (code < 4100)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.reason)
def test_only_what_may_pass_is_worth_another_try(failure: Failure) -> None:
    assert failure.retry == (failure.code < 4100)
