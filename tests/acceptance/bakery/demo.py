"""What does a believable bakery look like, and what happens there next?"""

from random import Random

from dashboards.kinds import Demo
from dashboards.models import Negocio

from .models import Horneada

PANES = ("Enrollado", "Cachito", "Pan de yuca")


def step(negocio: Negocio, random: Random) -> None:
    Horneada.objects.create(negocio=negocio, pan=random.choice(PANES), piezas=random.randint(20, 80), precio="0.25")


def seed(negocio: Negocio, random: Random) -> None:
    for _ in range(5):
        step(negocio, random)


DEMO = Demo("demo-bakery", "Panadería La Espiga", "America/Guayaquil", seed, step)
