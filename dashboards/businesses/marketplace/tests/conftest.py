"""What do the tests of the marketplaces share?"""

import pytest

from dashboards.businesses.marketplace.tests.shop import Shop
from dashboards.models import Negocio


@pytest.fixture
def shop(db: None) -> Shop:
    """An empty marketplace."""
    negocio = Negocio.objects.create(
        code="tienda", name="Tienda", kind="marketplace", time_zone="America/Guayaquil"
    )  # fmt: skip
    return Shop(negocio)


@pytest.fixture
def other(db: None) -> Shop:
    """Another one, whose rows are nobody else's."""
    return Shop(Negocio.objects.create(code="otra", name="Otra tienda", kind="marketplace"))
