"""What do all tests share?"""

from collections.abc import Iterator

import pytest

from realtime.tenancy import tenancy


@pytest.fixture(autouse=True)
def fresh_tenancy() -> Iterator[None]:
    """No negocio of another test is remembered."""
    tenancy.forget()
    yield
    tenancy.forget()
