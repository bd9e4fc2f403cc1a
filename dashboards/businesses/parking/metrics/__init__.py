"""Which figures does a parking lot have? Those of the wire, then those that only our own page shows."""

from dashboards.businesses.parking.metrics.counts import COUNT_METRICS
from dashboards.businesses.parking.metrics.spaces import SPACE_METRICS
from dashboards.businesses.parking.metrics.tickets import TICKET_METRICS
from dashboards.metrics import Metric

METRICS: tuple[Metric, ...] = (*COUNT_METRICS, *SPACE_METRICS, *TICKET_METRICS)

__all__ = ["METRICS"]
