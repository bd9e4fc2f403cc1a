"""What was a row when a statement changed it? Rows may have moved on, or be gone, when people are told."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model, Prefetch, prefetch_related_objects

from dashboards.businesses.marketplace.models import Order, Product, ProductOrder
from dashboards.kinds import RowChange

Row = TypeVar("Row", bound=Model)

# The columns that WatchTable keeps: those that the rules read and those that people are told; a test holds them
# against the migration.
STATES: Mapping[type[Model], tuple[str, ...]] = {
    Order: ("external_id", "order_date", "status", "total_amount", "delivery_type", "client_id"),
    ProductOrder: ("order_id", "product_id"),
    Product: (
        "external_id", "seller_id", "inventory_id", "category_id", "sub_category_id", "name", "description", "price",
        "stock", "status", "image_url",
    ),
}  # fmt: skip


def rows_of(model: type[Row], changes: Sequence[RowChange], *links: "str | Prefetch[Any]") -> list[Row]:
    """Each change's row as it was after it (before it, where it was deleted); `links` are prefetched, as of now."""
    rows = [_row(model, change.key, change.new or change.old or {}) for change in changes]
    prefetch_related_objects(rows, *links)
    return rows


def _row(model: type[Row], key: int, state: Mapping[str, Any]) -> Row:
    columns = {field.column: field for field in model._meta.concrete_fields}
    return model(pk=key, **{columns[name].attname: columns[name].to_python(value) for name, value in state.items()})
