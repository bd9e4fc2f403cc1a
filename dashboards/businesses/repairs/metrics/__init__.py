"""Which figures does a repair shop have? The fourteen of the wire, in its order."""

from dashboards.businesses.repairs.metrics.orders import ORDER_METRICS
from dashboards.businesses.repairs.metrics.users import USER_METRICS
from dashboards.metrics import Metric

METRICS: tuple[Metric, ...] = (*ORDER_METRICS, *USER_METRICS)

__all__ = ["METRICS"]
