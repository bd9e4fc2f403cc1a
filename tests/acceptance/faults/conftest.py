"""What do the tests of faults share? One world that all of them harm, and a table of what came of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.faults.verdicts import table, verdicts
from tests.acceptance.faults.world import World
from tests.acceptance.faults.world import world as running_world


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), running_world(tmp_path_factory.mktemp("faults")) as world:
        yield world


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if verdicts:
        terminalreporter.section("what faults did")
        for line in table():
            terminalreporter.write_line(line)
