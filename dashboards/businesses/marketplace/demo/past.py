"""What has happened in the demo's marketplace until now?"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from random import Random

from django.db import transaction
from django.utils import timezone

from dashboards.businesses.marketplace.demo.stock import (
    CATEGORIES,
    CITIES,
    PAYMENT_METHODS,
    SHOPS,
    address,
    client,
    person,
    phone,
    seller,
)
from dashboards.businesses.marketplace.models import (
    Category,
    Client,
    Delivery,
    Inventory,
    Order,
    PaymentMethod,
    Product,
    ProductOrder,
    Seller,
    SubCategory,
)
from dashboards.businesses.marketplace.models.order import Status
from dashboards.models import Negocio

CLIENTS, ORDERS, DAYS = 60, 300, 45
DAYS_TO_END = 4  # after which an order is delivered or cancelled
ENDINGS = (Status.DELIVERED,) * 9 + (Status.CANCELLED,)
OPEN = (Status.PENDING, Status.CONFIRMED, Status.PROCESSING, Status.SHIPPED)
# How many of a product are there, the low ones so that something runs out; and which of them wait for approval.
STOCKS = (3, 5, 12, 18, 24, 30, 40, 60)
STATUSES = (Product.Status.ACTIVE,) * 9 + (Product.Status.PENDING, Product.Status.INACTIVE)


@transaction.atomic
def seed(negocio: Negocio, random: Random) -> None:
    """Eight shops, their products, and six weeks of orders, the last days' still open."""
    products = _catalogue(negocio, random)
    sold = [product for product in products if product.status == Product.Status.ACTIVE]
    methods = PaymentMethod.objects.bulk_create(PaymentMethod(negocio=negocio, name=name) for name in PAYMENT_METHODS)
    clients = Client.objects.bulk_create(client(negocio, random) for _ in range(CLIENTS))
    now = timezone.now()
    ages = sorted((dt.timedelta(days=DAYS * random.random() ** 1.5) for _ in range(ORDERS)), reverse=True)
    orders = [_order(random.choice(clients), random.choice(methods), now, age, random) for age in ages]
    deliveries = Delivery.objects.bulk_create(delivery(order, random) for order in orders if _is_brought(order))
    for order, brought in zip(filter(_is_brought, orders), deliveries, strict=True):
        order.delivery = brought
    lines = [lines_of(order, random.sample(sold, random.choice((1, 1, 2, 3))), random) for order in orders]
    for order, own in zip(orders, lines, strict=True):
        order.total_amount = sum((line.quantity * line.price for line in own), Decimal(0))
    Order.objects.bulk_create(orders)
    ProductOrder.objects.bulk_create(line for own in lines for line in own)


def _catalogue(negocio: Negocio, random: Random) -> list[Product]:
    sellers = Seller.objects.bulk_create(seller(negocio, business, city, random) for business, city, _ in SHOPS)
    inventories = Inventory.objects.bulk_create(Inventory(negocio=negocio, seller=each) for each in sellers)
    places = _places(negocio)
    return Product.objects.bulk_create(
        _product(inventory, name, price, random.choice(places[business]), random)
        for inventory, (business, _, offered) in zip(inventories, SHOPS, strict=True)
        for name, price in offered.items()
    )


def _places(negocio: Negocio) -> dict[str, list[SubCategory]]:
    """The parts of the catalogue in which each shop's products stand."""
    categories = Category.objects.bulk_create(Category(negocio=negocio, name=name) for name in CATEGORIES)
    places: dict[str, list[SubCategory]] = {}
    for category, (names, shops) in zip(categories, CATEGORIES.values(), strict=True):
        parts = SubCategory.objects.bulk_create(
            SubCategory(negocio=negocio, category=category, name=name) for name in names
        )
        places |= dict.fromkeys(shops, parts)
    return places


def _product(inventory: Inventory, name: str, price: str, place: SubCategory, random: Random) -> Product:
    return Product(
        negocio=inventory.negocio, seller=inventory.seller, inventory=inventory, category=place.category,
        sub_category=place, name=name, price=Decimal(price), stock=random.choice(STOCKS),
        status=random.choice(STATUSES),
    )  # fmt: skip


def _order(buyer: Client, method: PaymentMethod, now: dt.datetime, age: dt.timedelta, random: Random) -> Order:
    ended = age > dt.timedelta(days=DAYS_TO_END)
    return Order(
        negocio=buyer.negocio, client=buyer, payment_method=method, order_date=now - age,
        status=random.choice(ENDINGS if ended else OPEN),
        delivery_type=random.choice((Order.DeliveryType.DELIVERY,) * 3 + (Order.DeliveryType.PICKUP,)),
    )  # fmt: skip


def _is_brought(order: Order) -> bool:
    return order.delivery_type == Order.DeliveryType.DELIVERY


def delivery(order: Order, random: Random) -> Delivery:
    """How an order gets to its client, not saved."""
    ended = order.status == Status.DELIVERED
    return Delivery(
        negocio=order.negocio, address=address(random), city=random.choice(CITIES), person=person(random),
        status=Delivery.Status.DELIVERED if ended else Delivery.Status.PENDING, phone=phone(random),
        estimated_time=order.order_date + dt.timedelta(days=2), cost=Decimal(random.choice(("2.50", "3.50", "5.00"))),
    )  # fmt: skip


def lines_of(order: Order, products: Sequence[Product], random: Random) -> list[ProductOrder]:
    """One to three pieces of each product, not saved."""
    return [
        ProductOrder(
            negocio=order.negocio, order=order, product=product, quantity=random.choice((1, 1, 2, 3)),
            price=product.price,
        )
        for product in products
    ]  # fmt: skip
