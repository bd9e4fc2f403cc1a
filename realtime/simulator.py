"""What makes a demo move? A duty that lets one thing happen in each demo negocio from time to time."""

from random import Random

from django.db import transaction

from dashboards.kinds import Demo, kinds
from dashboards.models import Negocio
from realtime.database import in_thread
from realtime.duties import Duty

INTERVAL = 1.5
# How likely something happens in a negocio in one round.
LIKELIHOOD = 0.5


class Simulator:
    """The demo negocios' customers and staff."""

    def __init__(self) -> None:
        self._random = Random()

    def duty(self) -> Duty:
        return Duty("demo", INTERVAL, self.step)

    async def step(self) -> None:
        """Let something happen here and there."""
        for kind in kinds().values():
            if kind.demo is not None and self._random.random() < LIKELIHOOD:
                await in_thread(self._happen, kind.demo)

    def _happen(self, demo: Demo) -> None:
        negocio = Negocio.objects.filter(code=demo.code, active=True).first()
        if negocio is not None:
            with transaction.atomic():
                demo.step(negocio, self._random)
