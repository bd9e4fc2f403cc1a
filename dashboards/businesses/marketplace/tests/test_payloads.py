"""Are the thirteen payloads those of wire.md, to the letter?"""

import dataclasses
import datetime as dt
import json
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from dashboards.businesses.marketplace import payloads
from dashboards.businesses.marketplace.models import (
    Cart,
    Category,
    Client,
    Delivery,
    Inventory,
    Message,
    Order,
    PaymentMethod,
    Product,
    Seller,
    SubCategory,
)
from dashboards.kinds import Telling

NOON = dt.datetime(2025, 11, 10, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
AT = "2025-11-10T17:00:00Z"
# wire.md, section 5: the fields of each payload, the optional ones with a question mark.
WIRE = {
    "Admin": "id_admin admin_name admin_email role created_at",
    "Cart": "id_cart id_client status id_product quantity",
    "Category": "id_category category_name description? photo?",
    "Client": "id_client client_name client_email address phone? document_type? document_number? birth_date? "
    "avatar_url? additional_addresses? created_at",
    "Delivery": "id_delivery id_product delivery_address city status estimated_time delivery_person delivery_cost "
    "phone",
    "Inventory": "id_inventory id_seller updated_at",
    "Message": "id? from to? room? type content data? timestamp",
    "Notification": "event data to",
    "Order": "id_order order_date status total_amount delivery_type id_client id_cart id_payment_method id_delivery?",
    "PaymentMethod": "id_payment_method method_name details_payment?",
    "Product": "id_product id_seller id_inventory id_category id_sub_category product_name description? price stock "
    "image_url?",
    "Seller": "id_seller seller_name seller_email phone bussines_name location created_at",
    "SubCategory": "id_sub_category id_category sub_category_name description?",
}
SELLER, CLIENT, CATEGORY = Seller(pk=2, external_id=7), Client(pk=3), Category(pk=4, external_id=0)
PART, INVENTORY = SubCategory(pk=5, category=CATEGORY), Inventory(pk=6, seller=SELLER)
PRODUCT = Product(
    pk=8, seller=SELLER, inventory=INVENTORY, category=CATEGORY, sub_category=PART, name="Gorro",
    price=Decimal("11.50"), stock=3, description="De lana", image_url="gorro.jpg",
)  # fmt: skip


@pytest.mark.parametrize("name", WIRE)
def test_the_fields_are_those_of_the_wire(name: str) -> None:
    payload = getattr(payloads, f"{name}Payload")
    fields = {
        {"from_": "from"}.get(field.name, field.name) + ("?" if field.default is not dataclasses.MISSING else "")
        for field in dataclasses.fields(payload)
    }
    assert fields == set(WIRE[name].split())
    assert payload.__dataclass_params__.frozen


@pytest.mark.parametrize(
    ("payload", "document"),
    [
        (
            payloads.AdminPayload.of(User(pk=1, username="eva", email="eva@example.org", date_joined=NOON)),
            {"id_admin": 1, "admin_name": "eva", "admin_email": "eva@example.org", "role": "admin", "created_at": AT},
        ),
        (
            payloads.CartPayload.of(Cart(pk=9, client=CLIENT, product=PRODUCT, quantity=2)),
            {"id_cart": 9, "id_client": 3, "status": "active", "id_product": 8, "quantity": 2},
        ),
        (
            payloads.CategoryPayload.of(Category(pk=4, name="Moda")),
            {"id_category": 4, "category_name": "Moda"},
        ),
        (
            payloads.CategoryPayload.of(Category(pk=4, name="Moda", description="Ropa", photo="moda.jpg")),
            {"id_category": 4, "category_name": "Moda", "description": "Ropa", "photo": "moda.jpg"},
        ),
        (
            payloads.ClientPayload.of(Client(pk=3, name="Ana", email="a@example.org", address="X 1", created_at=NOON)),
            {
                "id_client": 3, "client_name": "Ana", "client_email": "a@example.org", "address": "X 1",
                "created_at": AT,
            },
        ),
        (
            payloads.ClientPayload.of(
                Client(
                    pk=3, name="Ana", phone="099", document_type="cédula", document_number="17", created_at=NOON,
                    birth_date=dt.date(1990, 1, 31), avatar_url="ana.jpg", additional_addresses=["Y 2"],
                )
            ),
            {
                "id_client": 3, "client_name": "Ana", "client_email": "", "address": "", "created_at": AT,
                "phone": "099", "document_type": "cédula", "document_number": "17", "birth_date": "1990-01-31",
                "avatar_url": "ana.jpg", "additional_addresses": ["Y 2"],
            },
        ),
        (
            payloads.DeliveryPayload.of(
                Delivery(pk=1, product=PRODUCT, address="X 1", city="Quito", estimated_time=NOON, cost=Decimal("2.50"))
            ),
            {
                "id_delivery": 1, "id_product": 8, "delivery_address": "X 1", "city": "Quito", "status": "pending",
                "estimated_time": AT, "delivery_person": "", "delivery_cost": 2.5, "phone": "",
            },
        ),
        (
            payloads.InventoryPayload.of(Inventory(pk=6, seller=SELLER, updated_at=NOON)),
            {"id_inventory": 6, "id_seller": 7, "updated_at": AT},
        ),
        (
            payloads.MessagePayload.of(Message(pk=1, sender="3", room="order-12", content="Hola", timestamp=NOON)),
            {"id": 1, "from": "3", "room": "order-12", "type": "text", "content": "Hola", "timestamp": AT},
        ),
        (
            payloads.NotificationPayload.of(Telling("order_updated", {"order_id": 1}), "order-1"),
            {"event": "order_updated", "data": {"order_id": 1}, "to": "order-1"},
        ),
        (
            payloads.OrderPayload.of(Order(pk=1, order_date=NOON, total_amount=Decimal("35.00"), client=CLIENT)),
            {
                "id_order": 1, "order_date": AT, "status": "pending", "total_amount": 35, "delivery_type": "delivery",
                "id_client": 3, "id_cart": None, "id_payment_method": None,
            },
        ),
        (
            payloads.OrderPayload.of(
                Order(
                    pk=1, external_id=12, order_date=NOON, delivery=Delivery(pk=5), cart=Cart(pk=9),
                    payment_method=PaymentMethod(pk=2), status="shipped",
                )
            ),
            {
                "id_order": 12, "order_date": AT, "status": "shipped", "total_amount": 0, "delivery_type": "delivery",
                "id_client": None, "id_cart": 9, "id_payment_method": 2, "id_delivery": 5,
            },
        ),
        (
            payloads.PaymentMethodPayload.of(PaymentMethod(pk=2, name="Tarjeta", details="Visa")),
            {"id_payment_method": 2, "method_name": "Tarjeta", "details_payment": "Visa"},
        ),
        (
            payloads.ProductPayload.of(PRODUCT),
            {
                "id_product": 8, "id_seller": 7, "id_inventory": 6, "id_category": 0, "id_sub_category": 5,
                "product_name": "Gorro", "description": "De lana", "price": 11.5, "stock": 3,
                "image_url": "gorro.jpg",
            },
        ),
        (
            payloads.SellerPayload.of(Seller(pk=2, name="Sara", business_name="Tejidos", created_at=NOON)),
            {
                "id_seller": 2, "seller_name": "Sara", "seller_email": "", "phone": "", "bussines_name": "Tejidos",
                "location": "", "created_at": AT,
            },
        ),
        (
            payloads.SubCategoryPayload.of(SubCategory(pk=5, category=CATEGORY, name="Gorros")),
            {"id_sub_category": 5, "id_category": 0, "sub_category_name": "Gorros"},
        ),
    ],
)  # fmt: skip
def test_a_row_becomes_the_document_of_the_wire(payload: payloads.Payload, document: dict[str, object]) -> None:
    assert payload.document() == document
    assert json.loads(json.dumps(payload.document())) == document
