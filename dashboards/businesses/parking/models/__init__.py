"""Which tables does a parking lot have?"""

from dashboards.businesses.parking.models.people import Cliente, Vehiculo
from dashboards.businesses.parking.models.reserva import Reserva
from dashboards.businesses.parking.models.spaces import Espacio, Seccion
from dashboards.businesses.parking.models.tarifa import Tarifa
from dashboards.businesses.parking.models.ticket import Pago, Ticket

__all__ = ["Cliente", "Espacio", "Pago", "Reserva", "Seccion", "Tarifa", "Ticket", "Vehiculo"]
