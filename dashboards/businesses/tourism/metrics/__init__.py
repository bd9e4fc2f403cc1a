"""Which figures does a tour operator have?"""

from dashboards.businesses.tourism.metrics.lists import LIST_METRICS
from dashboards.businesses.tourism.metrics.sums import SUM_METRICS
from dashboards.metrics import Metric

METRICS: tuple[Metric, ...] = (*SUM_METRICS, *LIST_METRICS)

__all__ = ["METRICS"]
