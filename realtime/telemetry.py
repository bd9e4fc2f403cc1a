"""What does this process count of itself? `GET /metrics`, in Prometheus' text format. No figure of any negocio."""

import asyncio
import time
from collections.abc import Iterator, Mapping

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from dashboards import remote
from notifications import journal
from realtime.node import Node, node

# Each outcome is a label of one counter, so that a new one needs no line here.
EVENTS = "pulso_events", "what happened to connections, frames and messages since the process started"
JOURNALED = "pulso_journaled_events", "events stored in the journal by this process"


class Counts(Collector):
    """A node's counts, as they are when they are asked for."""

    def __init__(self, own: Node) -> None:
        self._own = own

    def collect(self) -> Iterator[Metric]:
        own = self._own
        yield GaugeMetricFamily("pulso_connections", "open sockets and streams", own.connections)
        yield GaugeMetricFamily("pulso_rooms", "rooms that somebody here is in", len(own.hub.rooms))
        yield GaugeMetricFamily("pulso_upgrades_waiting", "for their turn", len(own.gate))
        waiting = [client.outlet.buffered() for client in own.clients]
        yield GaugeMetricFamily("pulso_waiting_bytes", "not yet taken by the system, of all clients", sum(waiting))
        yield GaugeMetricFamily("pulso_most_waiting_bytes", "the same, of one client", max(waiting, default=0))
        yield GaugeMetricFamily("pulso_tasks", "of the event loop", len(asyncio.all_tasks()))
        yield GaugeMetricFamily("pulso_uptime_seconds", "since the process started", time.time() - own.started_at)
        yield GaugeMetricFamily("pulso_probe_age_seconds", "since the last loop-back", own.probe.age())
        yield CounterMetricFamily(*JOURNALED, journal.stored["events"])
        yield CounterMetricFamily("pulso_ignored_messages", "of the layer, of no known type", own.relay.ignored)
        events = CounterMetricFamily(*EVENTS, labels=["part", "event"])
        for part, counts in self._parts().items():
            for name, count in sorted(counts.items()):
                events.add_metric([part, name], count)
        yield events

    def _parts(self) -> Mapping[str, Mapping[str, int]]:
        own = self._own
        return {
            "connections": own.counts,
            "hub": own.hub.counts,
            "backends": own.backends.counts,
            "remote_metrics": remote.counts,
        }


async def metrics(request: HttpRequest) -> HttpResponse:
    """GET /metrics."""
    registry = CollectorRegistry()
    registry.register(Counts(node()))
    ProcessCollector(registry=registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
