"""What keeps many negocios busy? Threads that create and change citas and orders until they are stopped."""

import random
import threading
import time
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, connections

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.models import Equipment, RepairOrder
from dashboards.models import Negocio
from tests.acceptance.businesses import book, order

THREADS = 3
PAUSE = 0.015  # s between two writes of a thread


class Load:
    """Writes while it isn't paused. Use as a context manager."""

    def __init__(self, queues: Sequence[Negocio], shops: Sequence[Equipment], seed: int = 1) -> None:
        self.writes = 0
        self._queues, self._shops, self._seed = queues, shops, seed
        self._go, self._stop = threading.Event(), threading.Event()
        self._writing = [threading.Lock() for _ in range(THREADS)]
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(THREADS)]

    def __enter__(self) -> "Load":
        self._go.set()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._go.set()
        for thread in self._threads:
            thread.join()

    def pause(self) -> None:
        """Returns when the last write is committed."""
        self._go.clear()
        for lock in self._writing:
            with lock:
                pass

    def resume(self) -> None:
        self._go.set()

    def _run(self, number: int) -> None:
        dice = random.Random(self._seed * 100 + number)
        try:
            while not self._stop.is_set():
                self._go.wait()
                with self._writing[number]:
                    if self._go.is_set():
                        self._try_to_write(dice)
                time.sleep(PAUSE)
        finally:
            connections.close_all()

    def _try_to_write(self, dice: random.Random) -> None:
        try:
            self._write(dice)
        except (OperationalError, InterfaceError):
            connections.close_all()  # somebody ended the connection

    def _write(self, dice: random.Random) -> None:
        self.writes += 1
        negocio, equipment = dice.choice(self._queues), dice.choice(self._shops)
        match dice.randrange(4):
            case 0:
                book(negocio, hour=dice.randrange(24))
            case 1:
                citas = Cita.objects.filter(negocio=negocio)
                citas.filter(hora_inicio__hour=dice.randrange(24)).update(estado=dice.choice(Cita.Estado.values))
            case 2:
                order(equipment, final_cost=dice.randrange(100))
            case _:
                found = RepairOrder.objects.filter(negocio_id=equipment.negocio_id).order_by("?").first()
                if found is not None:
                    found.status = dice.choice(RepairOrder.Status.values)
                    found.save()
