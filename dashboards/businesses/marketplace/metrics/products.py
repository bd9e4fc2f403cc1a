"""Which products sell best, and which are running out?"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Window

from dashboards.businesses.marketplace.metrics.expressions import (
    AMOUNT,
    TOP,
    earned,
    in_place,
    ranked,
    sum_of,
    wire_id,
)
from dashboards.businesses.marketplace.models import Product, ProductOrder
from dashboards.metrics import Figure, Row, Scope, number
from dashboards.rollups.reading import amount, leading, size, tallies, whole

LOW = 5  # pieces: so few, or fewer, of an active product are low stock
MOST_LOW = 10  # entries of the list of what runs out


def top_products_rows(scope: Scope) -> QuerySet[Any, Any]:
    """The products of which most pieces were sold, in orders that earn."""
    lines = ProductOrder.objects.filter(earned("order__"), negocio_id__in=scope.negocio_ids).order_by()
    sums = lines.values("negocio_id", "product_id").annotate(
        sold=Sum("quantity"), income=sum_of(AMOUNT),
        # One value each; as a part of the key, texts would be compared for every line.
        wire_id=Min(wire_id("product__")), product_name=Min("product__name"), seller_name=Min("product__seller__name"),
    )  # fmt: skip
    place = ranked(F("sold").desc(), F("income").desc(), F("product_name").asc(), F("product_id").asc())
    return sums.annotate(place=place).filter(place__lte=scope.limit or TOP)


def top_products_rolled(scope: Scope) -> QuerySet[Any, Any]:
    """The same, out of two tallies for each product."""
    limit, product = scope.limit or TOP, Product.objects.filter(pk=OuterRef("number"))
    lines, pieces = Q(level="product"), Q(level="product_pieces")
    counted = tallies(ProductOrder).filter(lines | pieces, negocio_id__in=scope.negocio_ids)
    sums = counted.values("negocio_id", "number", product_id=F("number")).annotate(
        lines=size(lines), sold=whole(pieces), income=amount(lines)
    )
    ordering = (F("sold").desc(), F("income").desc())
    named = leading(sums.filter(lines__gt=0), limit, *ordering).annotate(
        wire_id=Subquery(product.values_list(wire_id())), product_name=Subquery(product.values("name")),
        seller_name=Subquery(product.values("seller__name")),
    )  # fmt: skip
    place = ranked(*ordering, F("product_name").asc(), F("product_id").asc())
    rolled: QuerySet[Any, Any] = named.annotate(place=place).filter(place__lte=limit)
    return rolled


def top_products(rows: Sequence[Row]) -> Figure:
    """`{top_products:[{product_id,product_name,seller_name,sold,income}]}`, by pieces, then income, then name."""
    return {
        "top_products": [
            {
                "product_id": row["wire_id"],
                "product_name": row["product_name"],
                "seller_name": row["seller_name"],
                "sold": row["sold"],
                "income": number(row["income"]),
            }
            for row in in_place(rows)
        ]
    }


def low_stock_rows(scope: Scope) -> QuerySet[Any, Any]:
    """The active products that are nearly or wholly gone, and how many there are of them."""
    active = Product.objects.filter(status=Product.Status.ACTIVE, negocio_id__in=scope.negocio_ids).order_by()
    low = active.filter(stock__lte=LOW).annotate(
        place=ranked(F("stock").asc(), F("name").asc(), F("pk").asc()),
        size=Window(Count("*"), partition_by=F("negocio_id")),
    )
    return low.filter(place__lte=MOST_LOW).values(
        "negocio_id", "name", "stock", "place", "size", wire_id=wire_id(), seller_name=F("seller__name")
    )


def low_stock(rows: Sequence[Row]) -> Figure:
    """`{count,products:[{product_id,product_name,seller_name,stock}]}`: how many in all; the scarcest first."""
    return {
        "count": rows[0]["size"] if rows else 0,
        "products": [
            {
                "product_id": row["wire_id"],
                "product_name": row["name"],
                "seller_name": row["seller_name"],
                "stock": row["stock"],
            }
            for row in in_place(rows)
        ],
    }
