"""Where does the demo's operator go, who leads, who travels, and what do they pay and say?"""

import datetime as dt
from decimal import Decimal
from random import Random

from dashboards.businesses.tourism.models import (
    Contratacion,
    Destino,
    Guia,
    Recomendacion,
    Reserva,
    Servicio,
    Tour,
    Usuario,
)
from dashboards.models import Negocio

PLACES = {
    "Islas Galápagos": "Archipiélago de lobos marinos, tortugas gigantes y aguas claras.",
    "Baños de Agua Santa": "Cascadas y aguas termales al pie del Tungurahua.",
    "Parque Nacional Cotopaxi": "Páramo, caballos salvajes y un volcán nevado.",
    "Quilotoa": "Una laguna turquesa en el cráter de un volcán.",
    "Cuenca": "Iglesias, cúpulas azules y sombreros de paja toquilla.",
    "Mindo": "Bosque nublado, colibríes y chocolate.",
    "Cuyabeno": "Selva, lagunas y delfines rosados.",
}
# nombre, destino, price per person in US dollars, hours
TRIPS = (
    ("Galápagos en cuatro días", "Islas Galápagos", "690.00", 96),
    ("Snorkel en León Dormido", "Islas Galápagos", "165.00", 8),
    ("Ruta de las cascadas", "Baños de Agua Santa", "38.00", 7),
    ("Canopy y columpio", "Baños de Agua Santa", "32.50", 5),
    ("Ascenso al refugio", "Parque Nacional Cotopaxi", "59.00", 10),
    ("Caminata al cráter", "Quilotoa", "48.00", 11),
    ("Cuenca a pie", "Cuenca", "24.00", 4),
    ("Aves al amanecer", "Mindo", "54.00", 9),
    ("Cuatro noches en la selva", "Cuyabeno", "385.00", 100),
)
# nombre, tipo, price
EXTRAS = (
    ("Traslado al aeropuerto", "transporte", "18.00"),
    ("Van privada por un día", "transporte", "120.00"),
    ("Almuerzo típico", "alimentación", "12.50"),
    ("Noche en hostería", "hospedaje", "45.00"),
    ("Equipo de snorkel", "equipo", "15.00"),
    ("Seguro de viaje", "seguro", "9.90"),
)
# especialidad, idiomas
TRADES = (
    ("Naturaleza", ("español", "inglés")),
    ("Alta montaña", ("español", "inglés", "alemán")),
    ("Avistamiento de aves", ("español", "inglés", "francés")),
    ("Historia y cultura", ("español", "quichua")),
    ("Buceo", ("español", "inglés")),
)
NAMES = (
    "Adriana", "Alejandro", "Bryan", "Carolina", "Cristina", "Damián", "Estefanía", "Felipe", "Gabriela", "Hugo",
    "Jimena", "Leonardo", "Lorena", "Marcelo", "Natalia", "Óscar", "Pamela", "Ricardo", "Tatiana", "Víctor",
)  # fmt: skip
LAST_NAMES = (
    "Aguirre", "Bravo", "Cárdenas", "Dávila", "Encalada", "Granda", "Hidalgo", "Intriago", "Lara", "Maldonado",
    "Moreira", "Palacios", "Proaño", "Rosero", "Sarmiento", "Tapia", "Ullauri", "Vélez", "Viteri", "Zurita",
)  # fmt: skip
# Stars -> what their title may be.
OPINIONS = {
    5: ("Inolvidable", "El mejor viaje", "Volveré", "Todo perfecto"),
    4: ("Muy bueno", "Lo recomiendo", "Bonito lugar"),
    3: ("Está bien", "Se puede mejorar"),
    2: ("Muy apurado", "Esperaba más"),
    1: ("No cumplieron el horario",),
}
STARS = (5,) * 11 + (4,) * 6 + (3,) * 2 + (2, 1)


def destinos(negocio: Negocio) -> list[Destino]:
    """Every place, not saved."""
    return [Destino(negocio=negocio, nombre=nombre, descripcion=text) for nombre, text in PLACES.items()]


def guias(negocio: Negocio, random: Random) -> list[Guia]:
    """One of each trade, not saved."""
    names = random.sample(NAMES, len(TRADES))
    return [
        Guia(negocio=negocio, nombre=f"{name} {random.choice(LAST_NAMES)}", especialidad=trade, idiomas=list(languages))
        for name, (trade, languages) in zip(names, TRADES, strict=True)
    ]


def tours(negocio: Negocio, places: list[Destino], staff: list[Guia], random: Random) -> list[Tour]:
    """Every trip, not saved; without place or guide where there are none."""
    by_name = {place.nombre: place for place in places}
    return [
        Tour(
            negocio=negocio, nombre=nombre, destino=by_name.get(place), guia=random.choice(staff or [None]),
            precio=Decimal(price), horas=hours,
        )
        for nombre, place, price, hours in TRIPS
    ]  # fmt: skip


def servicios(negocio: Negocio) -> list[Servicio]:
    """Every extra, not saved."""
    return [
        Servicio(negocio=negocio, nombre=nombre, tipo=tipo, precio=Decimal(price)) for nombre, tipo, price in EXTRAS
    ]


def usuario(negocio: Negocio, random: Random) -> Usuario:
    """Somebody new, not saved."""
    name = f"{random.choice(NAMES)} {random.choice(LAST_NAMES)}"
    return Usuario(negocio=negocio, nombre=name, email="viajero@example.com")


def reserva(tour: Tour, traveller: Usuario, fecha: dt.date, random: Random) -> Reserva:
    """A pending one for a few persons, not saved."""
    personas = random.choice((1, 2, 2, 2, 3, 4, 5))
    return Reserva(
        negocio=tour.negocio, tour=tour, usuario=traveller, fecha=fecha, personas=personas,
        monto=tour.precio * personas,
    )  # fmt: skip


def contratacion(servicio: Servicio, traveller: Usuario) -> Contratacion:
    """At today's price, not saved."""
    return Contratacion(negocio=servicio.negocio, servicio=servicio, usuario=traveller, precio=servicio.precio)


def recomendacion(tour: Tour, traveller: Usuario, random: Random) -> Recomendacion:
    """What somebody thinks of a tour, mostly good, not saved."""
    stars = random.choice(STARS)
    return Recomendacion(
        negocio=tour.negocio, usuario=traveller, titulo=random.choice(OPINIONS[stars]), calificacion=stars,
        tipo=Recomendacion.Tipo.TOUR, referencia=tour.nombre,
    )  # fmt: skip
