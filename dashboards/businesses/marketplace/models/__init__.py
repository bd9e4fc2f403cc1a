"""Which tables does a marketplace have?"""

from dashboards.businesses.marketplace.models.catalogue import Category, Inventory, SubCategory
from dashboards.businesses.marketplace.models.message import Message
from dashboards.businesses.marketplace.models.order import Order, ProductOrder
from dashboards.businesses.marketplace.models.people import Client, Seller
from dashboards.businesses.marketplace.models.product import Product
from dashboards.businesses.marketplace.models.purchase import Cart, Delivery, PaymentMethod
from dashboards.businesses.marketplace.models.record import Known, money

__all__ = [
    "Cart",
    "Category",
    "Client",
    "Delivery",
    "Inventory",
    "Known",
    "Message",
    "Order",
    "PaymentMethod",
    "Product",
    "ProductOrder",
    "Seller",
    "SubCategory",
    "money",
]
