"""What happens next in the demo's marketplace? Somebody orders, an order moves on, a seller tends the stock."""

from random import Random

from django.db import transaction
from django.db.models import F

from dashboards.businesses.marketplace.demo.stock import client
from dashboards.businesses.marketplace.models import Client, Order, PaymentMethod, Product
from dashboards.businesses.marketplace.models.order import Status
from dashboards.businesses.marketplace.ordering import place_order
from dashboards.models import Negocio

CLOSED = (Status.DELIVERED, Status.CANCELLED)
FEWEST_OPEN, MOST_OPEN = 8, 40
MOST_KEPT = 3_000  # the demo runs for weeks: beyond it the oldest closed order goes
FEWEST_OFFERED = 12  # active products with something left; below it a seller refills the shelf
# What an order can become next, the likely thing more often.
NEXT = {
    Status.PENDING: (Status.CONFIRMED,) * 9 + (Status.CANCELLED,),
    Status.CONFIRMED: (Status.PROCESSING,),
    Status.PROCESSING: (Status.SHIPPED,),
    Status.SHIPPED: (Status.DELIVERED,),
}


@transaction.atomic
def step(negocio: Negocio, random: Random) -> None:
    """Make one thing happen: few open orders bring a new one, many of them a closed one."""
    opened = list(Order.objects.filter(negocio=negocio, status__in=NEXT).order_by("pk"))
    offered = list(Product.objects.filter(negocio=negocio, status=Product.Status.ACTIVE, stock__gt=0).order_by("pk"))
    if len(offered) < FEWEST_OFFERED or random.random() < 0.15:
        _tend(negocio, random)
    elif len(opened) < FEWEST_OPEN or (len(opened) < MOST_OPEN and random.random() < 0.4):
        _order(negocio, offered, random)
    else:
        _move_on(random.choice(opened), random)
    _forget_the_oldest(negocio)


def _order(negocio: Negocio, offered: list[Product], random: Random) -> None:
    known = list(Client.objects.filter(negocio=negocio).order_by("pk"))
    if known and random.random() < 0.8:
        buyer = random.choice(known)
    else:
        buyer = client(negocio, random)
        buyer.save()
    chosen = random.sample(offered, min(len(offered), random.choice((1, 1, 2, 3))))
    method = PaymentMethod.objects.filter(negocio=negocio).order_by("pk").first()
    delivery_type = random.choice((Order.DeliveryType.DELIVERY, Order.DeliveryType.PICKUP))
    wanted = {product: random.randint(1, min(product.stock, 3)) for product in chosen}
    place_order(buyer, wanted, payment_method=method, delivery_type=delivery_type)


def _move_on(order: Order, random: Random) -> None:
    order.status = random.choice(NEXT[Status(order.status)])
    order.save(update_fields=["status"])
    if order.status == Status.CANCELLED:
        for line in order.lines.all():
            Product.objects.filter(pk=line.product_id).update(stock=F("stock") + line.quantity)


def _tend(negocio: Negocio, random: Random) -> None:
    """A product is approved, or more comes in of the scarcest one."""
    products = Product.objects.filter(negocio=negocio)
    waiting = products.filter(status=Product.Status.PENDING).order_by("pk").first()
    scarcest = products.filter(status=Product.Status.ACTIVE).order_by("stock", "pk").first()
    if waiting is not None and random.random() < 0.5:
        waiting.status = Product.Status.ACTIVE
        waiting.save(update_fields=["status"])
    elif scarcest is not None:
        products.filter(pk=scarcest.pk).update(stock=F("stock") + random.randrange(10, 40))


def _forget_the_oldest(negocio: Negocio) -> None:
    orders = Order.objects.filter(negocio=negocio)
    closed = orders.filter(status__in=CLOSED).order_by("order_date", "pk")
    if orders.count() > MOST_KEPT and (oldest := closed.first()):
        oldest.delete()
