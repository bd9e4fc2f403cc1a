"""What does the demo's lot consist of, and who parks there?"""

from random import Random

from dashboards.businesses.parking.models import Cliente, Espacio, Seccion, Tarifa, Vehiculo
from dashboards.models import Negocio

# letra -> spaces
SECCIONES = {"A": 18, "B": 18, "C": 12}
# nombre, US dollars an hour and a day
TARIFA = ("General", "1.25", "9.00")
NAMES = (
    "Alejandra", "Bryan", "Carolina", "David", "Elena", "Fabián", "Gabriela", "Hernán", "Irene", "Javier",
    "Lorena", "Marco", "Nathaly", "Óscar", "Paola", "Ramiro", "Silvia", "Tomás", "Vanessa", "Washington",
)  # fmt: skip
LAST_NAMES = (
    "Aguirre", "Bravo", "Carrión", "Delgado", "Erazo", "Freire", "Galarza", "Herrera", "Intriago", "Larrea",
    "Moncayo", "Núñez", "Ochoa", "Proaño", "Reyes", "Sánchez", "Tapia", "Urgilés", "Vélez", "Zurita",
)  # fmt: skip
# The provinces that a plate's first letter stands for: Pichincha, Guayas, Manabí, Azuay, Los Ríos.
PROVINCES = "PPPGGMAR"
LETTERS = "ABCDEFGHIJKLMNPQRSTUVWXYZ"


def lay_out(negocio: Negocio) -> list[Espacio]:
    """The lot, saved: its sections, spaces and prices."""
    nombre, hora, dia = TARIFA
    Tarifa.objects.create(negocio=negocio, nombre=nombre, precio_hora=hora, precio_dia=dia)
    secciones = [Seccion.objects.get_or_create(negocio=negocio, letra=letra)[0] for letra in SECCIONES]
    return Espacio.objects.bulk_create(
        Espacio(negocio=negocio, seccion=seccion, numero=f"{seccion.letra}{number}")
        for seccion in secciones
        for number in range(1, SECCIONES[seccion.letra] + 1)
    )


def plate(random: Random) -> str:
    return f"{random.choice(PROVINCES)}{random.choice(LETTERS)}{random.choice(LETTERS)}-{random.randrange(10_000):04}"


def client(negocio: Negocio, random: Random) -> Cliente:
    """Somebody new, not saved."""
    name = f"{random.choice(NAMES)} {random.choice(LAST_NAMES)}"
    return Cliente(
        negocio=negocio, nombre=name, correo="cliente@example.com", telefono=f"09{random.randrange(10**8):08d}"
    )


def cars(negocio: Negocio, clients: list[Cliente], size: int, random: Random) -> list[Vehiculo]:
    """So many cars, not saved; one in four belongs to nobody known."""
    plates: dict[str, None] = {}
    while len(plates) < size:
        plates[plate(random)] = None
    return [
        Vehiculo(negocio=negocio, placa=placa, cliente=random.choice(clients) if random.random() < 0.75 else None)
        for placa in plates
    ]
