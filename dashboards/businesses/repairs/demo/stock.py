"""Who works in the demo's shop, who comes, what do they bring, and what is it offered for?"""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from dashboards.businesses.repairs.models import (
    Client,
    Equipment,
    RepairOrder,
    RepairOrderDetail,
    RepairOrderPart,
    Service,
    Technician,
)
from dashboards.models import Negocio


@dataclass(frozen=True, slots=True)
class Job:
    """Something that breaks: the service that mends it, its price in US dollars, what was said, found and used."""

    category: str
    service: str
    price: str
    problem: str
    diagnosis: str
    part: str = ""
    part_price: str = "0"


JOBS = (
    Job("Celular", "Cambio de pantalla", "35.00", "La pantalla está rota", "Módulo de pantalla dañado",
        "Módulo de pantalla", "48.50"),
    Job("Celular", "Cambio de batería", "15.00", "La batería dura muy poco", "Batería al 61 % de su capacidad",
        "Batería", "22.00"),
    Job("Celular", "Reparación de puerto de carga", "20.00", "No carga", "Puerto de carga suelto",
        "Puerto USB-C", "6.75"),
    Job("Laptop", "Limpieza y mantenimiento", "25.00", "Se calienta y se apaga", "Ventilador obstruido"),
    Job("Laptop", "Cambio de disco", "30.00", "No arranca", "Disco con sectores dañados", "SSD de 480 GB", "45.00"),
    Job("Laptop", "Reinstalación del sistema", "28.00", "Está muy lenta", "Sistema dañado, equipo en buen estado"),
    Job("Televisor", "Cambio de tiras LED", "40.00", "Se oye pero no se ve", "Retroiluminación quemada",
        "Juego de tiras LED", "27.90"),
    Job("Televisor", "Reparación de fuente", "38.00", "No enciende", "Condensadores de la fuente hinchados",
        "Juego de condensadores", "4.20"),
    Job("Consola", "Limpieza y mantenimiento", "25.00", "Hace mucho ruido", "Pasta térmica seca"),
    Job("Consola", "Reparación de control", "12.00", "El control se mueve solo", "Potenciómetro gastado",
        "Joystick", "3.50"),
    Job("Licuadora", "Reparación de motor", "18.00", "Huele a quemado", "Carbones gastados", "Carbones", "2.80"),
    Job("Impresora", "Limpieza de cabezales", "22.00", "Imprime con rayas", "Cabezales secos"),
)  # fmt: skip
# category -> (brand, model)
THINGS = {
    "Celular": (("Samsung", "Galaxy A54"), ("Xiaomi", "Redmi Note 12"), ("Apple", "iPhone 12"), ("Motorola", "G54")),
    "Laptop": (("HP", "Pavilion 15"), ("Lenovo", "IdeaPad 3"), ("Dell", "Inspiron 14"), ("Acer", "Aspire 5")),
    "Televisor": (("LG", "43UN73"), ("Samsung", "UN50TU7000"), ("TCL", "55P615")),
    "Consola": (("Sony", "PlayStation 4"), ("Microsoft", "Xbox One S"), ("Nintendo", "Switch")),
    "Licuadora": (("Oster", "BLST4655"), ("Umco", "0271")),
    "Impresora": (("Epson", "L3250"), ("Canon", "G3110")),
}
NAMES = (
    "Andrés", "Camila", "Carlos", "Daniela", "Diego", "Emilia", "Fernanda", "Gabriel", "Isabel", "Jorge",
    "Karla", "Luis", "Mateo", "Mónica", "Patricio", "Rosa", "Santiago", "Valeria", "Verónica", "Xavier",
)  # fmt: skip
LAST_NAMES = (
    "Andrade", "Benítez", "Cevallos", "Espinoza", "Flores", "Guerrero", "Jaramillo", "Loor", "Mendoza", "Naranjo",
    "Ortiz", "Paredes", "Quishpe", "Rivadeneira", "Salazar", "Torres", "Vaca", "Villacís", "Yánez", "Zambrano",
)  # fmt: skip
# specialty, active
BENCHES = (("Celulares", True), ("Computadoras", True), ("Televisores y audio", True), ("Electrodomésticos", False))
BY_SERVICE = {job.service: job for job in JOBS}


def services(negocio: Negocio) -> list[Service]:
    """The shop's price list, not saved."""
    return [Service(negocio=negocio, name=name, base_price=Decimal(job.price)) for name, job in BY_SERVICE.items()]


def technicians(negocio: Negocio, random: Random) -> list[Technician]:
    """One for each bench, not saved."""
    names = random.sample(NAMES, len(BENCHES))
    return [
        Technician(
            negocio=negocio, role=Technician.Role.TECHNICIAN, specialty=specialty, active=active,
            name=name, last_name=random.choice(LAST_NAMES),
        )
        for name, (specialty, active) in zip(names, BENCHES, strict=True)
    ]  # fmt: skip


def client(negocio: Negocio, random: Random) -> Client:
    """Somebody new, not saved."""
    name, last_name = random.choice(NAMES), random.choice(LAST_NAMES)
    return Client(
        negocio=negocio, role=Client.Role.USER, name=name, last_name=last_name, email="cliente@example.com",
        phone=f"09{random.randrange(10**8):08d}",
    )  # fmt: skip


def brought(owner: Client, job: Job, random: Random) -> Equipment:
    """What somebody brings in for that job, not saved."""
    brand, model = random.choice(THINGS[job.category])
    return Equipment(
        negocio=owner.negocio, client=owner, name=f"{job.category} {brand} {model}", category=job.category,
        brand=brand, model=model,
    )  # fmt: skip


def estimate(job: Job) -> Decimal:
    """What the job costs, work and part."""
    return Decimal(job.price) + Decimal(job.part_price)


def work(order: RepairOrder, service: Service, technician: Technician, random: Random) -> RepairOrderDetail:
    """The job done to an order, one time in six at a discount; not saved."""
    discount = Decimal(random.choice((0, 0, 0, 0, 0, 2)))
    return RepairOrderDetail(
        negocio=order.negocio, order=order, service=service, technician=technician,
        sub_total=service.base_price - discount, discount=discount, status=RepairOrderDetail.Status.IN_PROGRESS,
    )  # fmt: skip


def part(order: RepairOrder, job: Job) -> RepairOrderPart:
    """The part that the job needs, not saved."""
    return RepairOrderPart(negocio=order.negocio, order=order, name=job.part, unit_price=Decimal(job.part_price))


def charged(details: list[RepairOrderDetail], parts: list[RepairOrderPart]) -> Decimal:
    """What an order of these lines costs."""
    work = sum((detail.sub_total for detail in details), Decimal(0))
    return work + sum((each.quantity * each.unit_price for each in parts), Decimal(0))
