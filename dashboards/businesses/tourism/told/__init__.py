"""In which words are people told what has happened at a tour operator?"""

from dashboards.businesses.tourism.told.catalogue import destinos, guias, servicios, tours
from dashboards.businesses.tourism.told.facts import Describe, Fact
from dashboards.businesses.tourism.told.people import contrataciones, recomendaciones, reservas, usuarios

__all__ = [
    "Describe",
    "Fact",
    "contrataciones",
    "destinos",
    "guias",
    "recomendaciones",
    "reservas",
    "servicios",
    "tours",
    "usuarios",
]
