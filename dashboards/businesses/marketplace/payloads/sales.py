"""What is said of a cart, an order, how it is paid and how it is brought?"""

from dataclasses import dataclass
from typing import Self

from dashboards.businesses.marketplace.instants import instant
from dashboards.businesses.marketplace.models import Cart, Delivery, Order, PaymentMethod
from dashboards.businesses.marketplace.payloads.document import Payload, link
from dashboards.metrics import number


@dataclass(frozen=True, slots=True)
class CartPayload(Payload):
    id_cart: int
    id_client: int | None
    status: str
    id_product: int | None
    quantity: int

    @classmethod
    def of(cls, cart: Cart) -> Self:
        return cls(cart.wire_id, link(cart, "client"), cart.status, link(cart, "product"), cart.quantity)


@dataclass(frozen=True, slots=True)
class PaymentMethodPayload(Payload):
    id_payment_method: int
    method_name: str
    details_payment: str | None = None

    @classmethod
    def of(cls, method: PaymentMethod) -> Self:
        return cls(method.wire_id, method.name, method.details or None)


@dataclass(frozen=True, slots=True)
class DeliveryPayload(Payload):
    id_delivery: int
    id_product: int | None
    delivery_address: str
    city: str
    status: str
    estimated_time: str | None
    delivery_person: str
    delivery_cost: float | int
    phone: str

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        expected = delivery.estimated_time
        return cls(
            id_delivery=delivery.wire_id,
            id_product=link(delivery, "product"),
            delivery_address=delivery.address,
            city=delivery.city,
            status=delivery.status,
            estimated_time=None if expected is None else instant(expected),
            delivery_person=delivery.person,
            delivery_cost=number(delivery.cost),
            phone=delivery.phone,
        )


@dataclass(frozen=True, slots=True)
class OrderPayload(Payload):
    id_order: int
    order_date: str
    status: str
    total_amount: float | int
    delivery_type: str
    id_client: int | None
    id_cart: int | None
    id_payment_method: int | None
    id_delivery: int | None = None

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(
            id_order=order.wire_id,
            order_date=instant(order.order_date),
            status=order.status,
            total_amount=number(order.total_amount),
            delivery_type=order.delivery_type,
            id_client=link(order, "client"),
            id_cart=link(order, "cart"),
            id_payment_method=link(order, "payment_method"),
            id_delivery=link(order, "delivery"),
        )
