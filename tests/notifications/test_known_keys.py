"""Is a service key asked for once a moment, and a withdrawn one believed no longer than that?"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards.models import Negocio
from notifications.models import ServiceKey
from notifications.service_keys import MEMORY, negocio_of, new_key

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """A stopwatch that is set by hand."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def negocio() -> Negocio:
    return Negocio.objects.create(code="bakery", name="Bakery", kind="tourism")


def statements(key: str, clock: Clock) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert negocio_of(key, clock) is not None
    return len(captured)


def test_a_back_end_that_posts_often_costs_one_statement_a_second(negocio: Negocio) -> None:
    key, clock = new_key(negocio, "prueba"), Clock()
    assert statements(key, clock) == 2, "its first use is noted"
    assert statements(key, clock) == 0
    clock.now += MEMORY
    assert statements(key, clock) == 1


def test_a_key_withdrawn_elsewhere_speaks_for_nobody_a_second_later(negocio: Negocio) -> None:
    key, clock = new_key(negocio, "prueba"), Clock()
    assert negocio_of(key, clock) == negocio.pk
    ServiceKey.objects.update(active=False)  # as another process does it: no signal is heard here
    clock.now += MEMORY
    assert negocio_of(key, clock) is None
    assert negocio_of(key, clock) is None


def test_a_key_or_negocio_that_changes_here_is_asked_for_at_once(negocio: Negocio) -> None:
    key, clock = new_key(negocio, "prueba"), Clock()
    assert negocio_of(key, clock) == negocio.pk
    negocio.active = False
    negocio.save()
    assert negocio_of(key, clock) is None
    negocio.active = True
    negocio.save()
    assert negocio_of(key, clock) == negocio.pk
    ServiceKey.objects.get().delete()
    assert negocio_of(key, clock) is None


def test_what_is_no_key_is_never_believed(negocio: Negocio) -> None:
    clock = Clock()
    assert negocio_of("pulso_guess", clock) is None
    assert negocio_of("pulso_guess", clock) is None
