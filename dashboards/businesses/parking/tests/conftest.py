"""What do the tests of the parking lots share?"""

import pytest

from dashboards.businesses.parking.tests.lot import Lot
from dashboards.models import Negocio


@pytest.fixture
def lot(db: None) -> Lot:
    """An empty parking lot."""
    return Lot(Negocio.objects.create(code="lote", name="Lote", kind="parking", time_zone="America/Guayaquil"))


@pytest.fixture
def other(db: None) -> Lot:
    """Another one, whose rows are nobody else's."""
    return Lot(Negocio.objects.create(code="otro", name="Otro lote", kind="parking"))
