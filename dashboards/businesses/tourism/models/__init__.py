"""Which tables does a tour operator have?"""

from dashboards.businesses.tourism.models.catalogue import Destino, Guia, Servicio, Tour
from dashboards.businesses.tourism.models.usuario import Usuario
from dashboards.businesses.tourism.models.ventas import Contratacion, Recomendacion, Reserva

__all__ = ["Contratacion", "Destino", "Guia", "Recomendacion", "Reserva", "Servicio", "Tour", "Usuario"]
