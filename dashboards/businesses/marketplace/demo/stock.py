"""Who sells in the demo's marketplace, what, for how much, and who buys there?"""

from random import Random

from dashboards.businesses.marketplace.models import Client, Seller
from dashboards.models import Negocio

# business, city, product: price in US dollars
SHOPS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Café de Loja", "Loja", {
        "Café molido 400 g": "8.50", "Café en grano 1 kg": "18.00", "Prensa francesa": "24.90", "Taza de barro": "6.00",
    }),
    ("Chocolates Manabí", "Portoviejo", {
        "Chocolate 70 %": "4.50", "Cacao en polvo 250 g": "5.20", "Caja de bombones": "12.00", "Nibs de cacao": "6.80",
    }),
    ("Tejidos Otavalo", "Otavalo", {
        "Poncho de lana": "48.00", "Bufanda de alpaca": "22.00", "Gorro tejido": "11.50", "Mantel bordado": "35.00",
        "Bolso artesanal": "28.00",
    }),
    ("Cueros de Cotacachi", "Cotacachi", {
        "Billetera de cuero": "25.00", "Cinturón de cuero": "19.50", "Mochila de cuero": "89.00",
    }),
    ("Sombreros Montecristi", "Montecristi", {
        "Sombrero de paja toquilla": "65.00", "Abanico de paja": "9.90", "Sombrero fino": "180.00",
    }),
    ("Huerta Andina", "Ambato", {
        "Canasta de frutas": "15.00", "Mermelada de mora": "4.80", "Miel de abeja 500 g": "9.00", "Quinua 1 kg": "4.20",
        "Mix de granos": "6.50",
    }),
    ("TecnoQuito", "Quito", {
        "Audífonos inalámbricos": "32.00", "Cargador USB-C": "14.00", "Soporte de celular": "7.50",
        "Teclado mecánico": "58.00", "Mouse inalámbrico": "16.90",
    }),
    ("Cerámica Cuenca", "Cuenca", {
        "Vajilla de 12 piezas": "74.00", "Florero pintado": "21.00", "Juego de tazas": "26.00",
    }),
)  # fmt: skip
# category: (its parts, the shops that fill it)
CATEGORIES = {
    "Alimentos": (("Café y cacao", "Del campo"), ("Café de Loja", "Chocolates Manabí", "Huerta Andina")),
    "Moda": (("Tejidos", "Accesorios"), ("Tejidos Otavalo", "Cueros de Cotacachi", "Sombreros Montecristi")),
    "Tecnología": (("Accesorios",), ("TecnoQuito",)),
    "Hogar": (("Cocina y mesa",), ("Cerámica Cuenca",)),
}
PAYMENT_METHODS = ("Tarjeta de crédito", "Transferencia", "Efectivo contra entrega")
CITIES = ("Quito", "Guayaquil", "Cuenca", "Ambato", "Loja", "Manta", "Riobamba", "Ibarra")
STREETS = ("Av. Amazonas", "Av. 9 de Octubre", "Calle Larga", "Av. Cevallos", "Calle Bolívar", "Av. 6 de Diciembre")
NAMES = (
    "Adriana", "Bryan", "Carolina", "Damián", "Elena", "Fabricio", "Gabriela", "Héctor", "Inés", "Joaquín", "Karina",
    "Leonardo", "Maribel", "Nelson", "Olga", "Paola", "Ricardo", "Sofía", "Tatiana", "Víctor",
)  # fmt: skip
LAST_NAMES = (
    "Aguirre", "Bravo", "Castillo", "Delgado", "Erazo", "Fajardo", "Guamán", "Hidalgo", "Intriago", "Jácome",
    "Lema", "Morales", "Narváez", "Ochoa", "Pazmiño", "Quiroz", "Ramírez", "Sarmiento", "Tipán", "Vera",
)  # fmt: skip


def person(random: Random) -> str:
    return f"{random.choice(NAMES)} {random.choice(LAST_NAMES)}"


def phone(random: Random) -> str:
    return f"09{random.randrange(10**8):08d}"


def address(random: Random) -> str:
    return f"{random.choice(STREETS)} {random.randrange(10, 1500)}"


def seller(negocio: Negocio, business: str, city: str, random: Random) -> Seller:
    """The owner of a shop, not saved."""
    return Seller(
        negocio=negocio, name=person(random), email="ventas@example.com", phone=phone(random),
        business_name=business, location=city,
    )  # fmt: skip


def client(negocio: Negocio, random: Random) -> Client:
    """Somebody new, not saved."""
    return Client(
        negocio=negocio, name=person(random), email="cliente@example.com", address=address(random), phone=phone(random)
    )
