"""What is said of a category, an inventory, a product?"""

from dataclasses import dataclass
from typing import Self

from dashboards.businesses.marketplace.instants import instant
from dashboards.businesses.marketplace.models import Category, Inventory, Product, SubCategory
from dashboards.businesses.marketplace.payloads.document import Payload, link
from dashboards.metrics import number


@dataclass(frozen=True, slots=True)
class CategoryPayload(Payload):
    id_category: int
    category_name: str
    description: str | None = None
    photo: str | None = None

    @classmethod
    def of(cls, category: Category) -> Self:
        return cls(category.wire_id, category.name, category.description or None, category.photo or None)


@dataclass(frozen=True, slots=True)
class SubCategoryPayload(Payload):
    id_sub_category: int
    id_category: int | None
    sub_category_name: str
    description: str | None = None

    @classmethod
    def of(cls, part: SubCategory) -> Self:
        return cls(part.wire_id, link(part, "category"), part.name, part.description or None)


@dataclass(frozen=True, slots=True)
class InventoryPayload(Payload):
    id_inventory: int
    id_seller: int | None
    updated_at: str

    @classmethod
    def of(cls, inventory: Inventory) -> Self:
        return cls(inventory.wire_id, link(inventory, "seller"), instant(inventory.updated_at))


@dataclass(frozen=True, slots=True)
class ProductPayload(Payload):
    id_product: int
    id_seller: int | None
    id_inventory: int | None
    id_category: int | None
    id_sub_category: int | None
    product_name: str
    price: float | int
    stock: int
    description: str | None = None
    image_url: str | None = None

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls(
            id_product=product.wire_id,
            id_seller=link(product, "seller"),
            id_inventory=link(product, "inventory"),
            id_category=link(product, "category"),
            id_sub_category=link(product, "sub_category"),
            product_name=product.name,
            price=number(product.price),
            stock=product.stock,
            description=product.description or None,
            image_url=product.image_url or None,
        )
