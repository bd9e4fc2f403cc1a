"""Has every client what it must have, after whatever hypothesis thinks of?

PULSO_TEST_MODEL=1000 tries so many, and makes a failure small.
"""

import asyncio
import gc
import logging
import os
from collections.abc import Iterator

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from dashboards.models import Negocio
from tests.model.journal import new_life
from tests.model.machine import Model
from tests.model.stage import CODE, KIND
from tests.model.stations import RedisHost, shortened

ASKED = os.environ.get("PULSO_TEST_MODEL", "")
EXAMPLES = int(ASKED or "25")
STEPS = 40
# A failure is made smaller only where somebody waits for it: that may take five minutes.
PHASES = [phase for phase in Phase if ASKED or phase not in (Phase.shrink, Phase.explain)]


@pytest.fixture
def shared(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What all examples share."""
    Model.negocio = Negocio.objects.create(code=CODE, name=CODE, kind=KIND, time_zone="UTC")
    new_life()  # tests before this one may have emptied tables under connections that are open
    connection.close()  # a restore ends every connection
    Model.redis = RedisHost()
    logging.disable(logging.ERROR)  # everything goes wrong here, and is said to
    try:
        with shortened(monkeypatch), asyncio.Runner() as Model.runner:
            yield
    finally:
        logging.disable(logging.NOTSET)
        Model.redis.stop()


# What a request's body was kept in when its process died goes with the process.
@pytest.mark.filterwarnings("ignore:Exception ignored in.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning")
def test_every_client_has_what_it_must_have(shared: None) -> None:
    tries = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, print_blob=True, database=None,
        report_multiple_bugs=False, phases=PHASES, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        run_state_machine_as_test(Model, settings=tries)
    finally:
        gc.collect()
