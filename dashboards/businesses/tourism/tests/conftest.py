"""What do the tests of the tour operators share?"""

import pytest

from dashboards.businesses.tourism.tests.operator import Operator
from dashboards.models import Negocio


@pytest.fixture
def shop(db: None) -> Operator:
    """A tour operator without anything yet."""
    return Operator(Negocio.objects.create(code="rutas", name="Rutas", kind="tourism", time_zone="America/Guayaquil"))


@pytest.fixture
def other(db: None) -> Operator:
    """Another one, whose rows are nobody else's."""
    return Operator(Negocio.objects.create(code="otras", name="Otras rutas", kind="tourism"))
