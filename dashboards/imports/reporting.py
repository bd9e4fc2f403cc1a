"""What does an import tell its user: bad rows as they come, a bar on a terminal, a summary?"""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dashboards.imports.batches import Tally
from dashboards.imports.errors import Aborted, BadOption, Rejected

MOST_SHOWN = 20


class Rejections:
    """Takes bad rows: says the first 20, writes all to a file if there is one, raises Aborted if asked."""

    def __init__(self, say: Callable[[str], None], write: Callable[[list[Any]], Any] | None, *, abort: bool) -> None:
        self._say, self._write, self._abort = say, write, abort
        self.count = 0

    def __call__(self, bad: Rejected) -> None:
        self.count += 1
        if self._write:
            self._write([bad.line, bad.field, bad.value, bad.reason])
        if self._abort:
            raise Aborted(bad)
        if self.count <= MOST_SHOWN:
            self._say(str(bad))
        elif self.count == MOST_SHOWN + 1:
            self._say("… more bad rows; --errors FILE takes all of them")


@contextmanager
def rejections(say: Callable[[str], None], path: Path | None, source: Path, *, abort: bool) -> Iterator[Rejections]:
    """Rejections that write to a new CSV file at `path`; raises BadOption where there can be none."""
    if path is None:
        yield Rejections(say, None, abort=abort)
        return
    try:
        if path.exists() and source.exists() and path.samefile(source):
            raise BadOption("--errors", f"{path} is the file to import")
        file = path.open("w", newline="", encoding="utf-8")
    except OSError as error:
        raise BadOption("--errors", f"{path}: {error.strerror}") from None
    with file:
        writer = csv.writer(file)
        writer.writerow(["line", "field", "value", "reason"])
        yield Rejections(say, writer.writerow, abort=abort)


def bar(total: int | None, unit: str) -> "tqdm[Any]":
    """A progress bar on standard error, if that is a terminal."""
    return tqdm(total=total, unit=unit, unit_scale=unit == "B", disable=None, leave=False)


@contextmanager
def beside_the_bar() -> Iterator[None]:
    """Lets a line be printed without tearing the bar."""
    with tqdm.external_write_mode():
        yield


def summary(tally: Tally, made: int, seconds: float) -> str:
    """What an import did, in one sentence."""
    rate = tally.read / seconds if seconds > 0 else 0
    repeated = f", {tally.repeated:,} with an id that a later row has too" if tally.repeated else ""
    return (
        f"{tally.read:,} rows read: {tally.new:,} new, {tally.updated:,} updated, {tally.skipped:,} skipped"
        f"{repeated}; {made:,} negocios made; {seconds:.1f} s, {rate:,.0f} rows/s"
    )
