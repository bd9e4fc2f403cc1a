"""Parking lots, for what is told of them."""

from dashboards.businesses.parking.tests.conftest import lot, other

__all__ = ["lot", "other"]
