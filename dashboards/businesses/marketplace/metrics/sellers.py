"""What has each seller sold, and who sold most?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from dashboards.businesses.marketplace.metrics.expressions import (
    AMOUNT,
    TOP,
    earned,
    in_place,
    ranked,
    sum_of,
    wire_id,
)
from dashboards.businesses.marketplace.models import Product, ProductOrder, Seller
from dashboards.businesses.marketplace.models.order import UNEARNED, Status
from dashboards.metrics import Figure, Row, Scope, number
from dashboards.rollups.reading import amount, leading, size, tallies, whole

MOST_SELLERS = 200  # entries of the figure, those with the highest income; it is one message
COUNTS = ("orders", "pending_orders", "sold", "products", "active_products")
NO_MONEY = Value(Decimal(0), output_field=DecimalField(max_digits=12, decimal_places=2))
NAMES = ("seller_name", "business_name")
# Tallies of orders that count as income, by the word that their status is.
EARNS = ~Q(word__in=UNEARNED)


def top_sellers_rows(scope: Scope) -> QuerySet[Any, Any]:
    """The sellers whose products earned most."""
    lines = ProductOrder.objects.filter(earned("order__"), negocio_id__in=scope.negocio_ids).order_by()
    by_seller = lines.values("negocio_id", seller_key=F("product__seller_id"))
    sums = by_seller.annotate(
        orders=Count("order_id", distinct=True), income=sum_of(AMOUNT),
        # One value each; as a part of the key, texts would be compared for every line.
        wire_id=Min(wire_id("product__seller__")), seller_name=Min("product__seller__name"),
        business_name=Min("product__seller__business_name"),
    )  # fmt: skip
    place = ranked(F("income").desc(), F("orders").desc(), F("seller_name").asc(), F("seller_key").asc())
    return sums.annotate(place=place).filter(place__lte=scope.limit or TOP)


def top_sellers_rolled(scope: Scope) -> QuerySet[Any, Any]:
    """The same, out of a tally for each seller and status."""
    limit, seller = scope.limit or TOP, Seller.objects.filter(pk=OuterRef("number"))
    earning = tallies(ProductOrder, "seller").filter(EARNS, negocio_id__in=scope.negocio_ids)
    sums = earning.values("negocio_id", "number", seller_key=F("number")).annotate(orders=size(), income=amount())
    ordering = (F("income").desc(), F("orders").desc())
    named = leading(sums.filter(orders__gt=0), limit, *ordering).annotate(
        wire_id=Subquery(seller.values_list(wire_id())), seller_name=Subquery(seller.values("name")),
        business_name=Subquery(seller.values("business_name")),
    )  # fmt: skip
    place = ranked(*ordering, F("seller_name").asc(), F("seller_key").asc())
    rolled: QuerySet[Any, Any] = named.annotate(place=place).filter(place__lte=limit)
    return rolled


def top_sellers(rows: Sequence[Row]) -> Figure:
    """`{top_sellers:[{seller_id,seller_name,business_name,orders,income}]}`, by income, then orders, then name."""
    return {
        "top_sellers": [
            {
                "seller_id": row["wire_id"],
                "seller_name": row["seller_name"],
                "business_name": row["business_name"],
                "orders": row["orders"],
                "income": number(row["income"]),
            }
            for row in in_place(rows)
        ]
    }


def seller_stats_rows(scope: Scope) -> QuerySet[Any, Any]:
    """Per seller up to three rows, each with its own share: who it is, what it offers, what it sold."""
    products = Product.objects.filter(negocio_id__in=scope.negocio_ids).order_by()
    lines = ProductOrder.objects.filter(negocio_id__in=scope.negocio_ids).order_by()
    offered = _share(
        products, "seller_id",
        products=Count("pk"), active_products=Count("pk", filter=Q(status=Product.Status.ACTIVE)),
    )  # fmt: skip
    sold = _share(
        lines, "product__seller_id",
        orders=Count("order_id", distinct=True),
        pending_orders=Count("order_id", distinct=True, filter=Q(order__status=Status.PENDING)),
        sold=Coalesce(Sum("quantity", filter=earned("order__")), 0), income=sum_of(AMOUNT, earned("order__")),
    )  # fmt: skip
    return _union(_who(scope), offered, sold)


def seller_stats_rolled(scope: Scope) -> QuerySet[Any, Any]:
    """The same rows, out of tallies for each seller; those of what was sold are two."""
    of_negocios = {"negocio_id__in": scope.negocio_ids}
    offered = _share(
        tallies(Product, "seller").filter(**of_negocios), "number",
        products=size(), active_products=size(Q(word=Product.Status.ACTIVE)),
    )  # fmt: skip
    ordered = _share(
        tallies(ProductOrder, "seller").filter(**of_negocios), "number",
        orders=size(), pending_orders=size(Q(word=Status.PENDING)), income=amount(EARNS),
    )  # fmt: skip
    sold = _share(tallies(ProductOrder, "seller_pieces").filter(**of_negocios), "number", sold=whole())
    return _union(_who(scope), offered, ordered, sold)


def _who(scope: Scope) -> QuerySet[Any, Any]:
    return _share(
        Seller.objects.filter(negocio_id__in=scope.negocio_ids).order_by(), "pk",
        named=Value(True), wire_id=wire_id(), seller_name=F("name"), business_name=F("business_name"),
    )  # fmt: skip


def _union(first: QuerySet[Any, Any], *others: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    # Since Django 6.1 a union is ordered as its model is, by columns that it may not have.
    return first.union(*others, all=True).order_by()


def _share(rows: QuerySet[Any, Any], seller: str, **known: Any) -> QuerySet[Any, Any]:
    """A part of the union: what it doesn't know is nothing, in the same columns."""
    nothing: Mapping[str, Any] = {
        "named": Value(False), "wire_id": Value(0), **dict.fromkeys(NAMES, Value("")),
        **dict.fromkeys(COUNTS, Value(0)), "income": NO_MONEY,
    }  # fmt: skip
    share: QuerySet[Any, Any] = rows.values("negocio_id", seller_key=F(seller)).annotate(**{**nothing, **known})
    return share


def seller_stats(rows: Sequence[Row]) -> Figure:
    """`{sellers:[{seller_id,seller_name,business_name,orders,pending_orders,sold,products,active_products,income}]}`

    Orders count whatever became of them; pieces and income in orders that earn. At most MOST_SELLERS, by income.
    """
    sellers = {row["seller_key"]: dict(row) for row in rows if row["named"]}
    for row in rows:
        if not row["named"] and (seller := sellers.get(row["seller_key"])) is not None:
            for name in (*COUNTS, "income"):
                seller[name] += row[name]
    best_first = sorted(sellers.values(), key=lambda each: (-each["income"], each["seller_name"], each["seller_key"]))
    return {"sellers": [_entry(seller) for seller in best_first[:MOST_SELLERS]]}


def _entry(seller: Row) -> Figure:
    shown = {name: seller[name] for name in (*NAMES, *COUNTS)}
    return {"seller_id": seller["wire_id"], **shown, "income": number(seller["income"])}
