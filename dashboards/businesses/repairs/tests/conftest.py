"""What do the tests of the repair shops share?"""

import pytest

from dashboards.businesses.repairs.tests.shop import Shop
from dashboards.models import Negocio


@pytest.fixture
def shop(db: None) -> Shop:
    """An empty repair shop."""
    return Shop(Negocio.objects.create(code="taller", name="Taller", kind="repairs", time_zone="America/Guayaquil"))


@pytest.fixture
def other(db: None) -> Shop:
    """Another one, whose rows are nobody else's."""
    return Shop(Negocio.objects.create(code="otro", name="Otro taller", kind="repairs"))
