"""Which figures does a marketplace have? All of them are for its staff."""

from dashboards.businesses.marketplace.metrics.admin import admin_stats, admin_stats_rolled, admin_stats_rows
from dashboards.businesses.marketplace.metrics.expressions import TOP
from dashboards.businesses.marketplace.metrics.orders import RECENT, orders_recent, orders_recent_rows
from dashboards.businesses.marketplace.metrics.products import (
    low_stock,
    low_stock_rows,
    top_products,
    top_products_rolled,
    top_products_rows,
)
from dashboards.businesses.marketplace.metrics.sellers import (
    seller_stats,
    seller_stats_rolled,
    seller_stats_rows,
    top_sellers,
    top_sellers_rolled,
    top_sellers_rows,
)
from dashboards.metrics import Metric

METRICS = (
    Metric("admin_stats", admin_stats_rows, admin_stats, rolled=admin_stats_rolled),
    Metric("orders_recent", orders_recent_rows, orders_recent, limit=RECENT),
    Metric("top_products", top_products_rows, top_products, limit=TOP, rolled=top_products_rolled),
    Metric("top_sellers", top_sellers_rows, top_sellers, limit=TOP, rolled=top_sellers_rolled),
    Metric("low_stock", low_stock_rows, low_stock),
    Metric("seller_stats", seller_stats_rows, seller_stats, rolled=seller_stats_rolled),
)

__all__ = ["METRICS"]
