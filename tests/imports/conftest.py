"""A kind `fake` that the commands find beside the real ones."""

import pytest

from dashboards.kinds import Kind, kinds
from tests.imports.fakes import FakeKind


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeKind:
    made = FakeKind()
    kind = Kind(name="fake", label="Fake", metrics=(), moves={}, topics=(), page="", imports=made.shape)
    monkeypatch.setitem(kinds(), "fake", kind)
    return made
