"""Which metrics can be read over REST? Those that name a path, at that path, for whoever may read them."""

from typing import Any

from django.urls import URLPattern, path
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboards.kinds import Kind, kinds
from dashboards.metrics import Metric
from dashboards.sources import Unavailable, compute_one
from realtime.authentication.credentials import host_name
from realtime.authentication.principal import Principal
from realtime.authorization import Action, may
from realtime.consumers.addressing import silent_negocio
from realtime.places import BadParameter, whole
from realtime.rooms import Room
from realtime.tenancy import Directory, Tenant, directory_now

MOST = 100


class MetricView(APIView):
    """GET one metric of the caller's negocio (`?negocio=` where it holds several), `?limit=` for lists."""

    metric: Metric = None  # type: ignore[assignment]  # as_view() sets both
    kind = ""

    def get(self, request: Request, **_: Any) -> Response:
        directory = directory_now()
        principal: Principal = request.auth  # type: ignore[assignment]  # BearerAuthentication's
        tenant = self._tenant(request, principal, directory)
        if tenant is None or not self._may_read(principal, tenant):
            raise PermissionDenied("forbidden")
        try:
            return Response(compute_one(kinds()[self.kind], self.metric, tenant.id, self._limit(request)))
        except Unavailable:
            return Response({"detail": "not available now"}, status=503)

    def _tenant(self, request: Request, principal: Principal, directory: Directory) -> Tenant | None:
        code = request.query_params.get("negocio")
        if code is not None:
            return directory.by_code.get(code)
        return silent_negocio(principal, self.kind, host_name(request.headers.get("Host", "")), directory)

    def _may_read(self, principal: Principal, tenant: Tenant) -> bool:
        """May it read a topic that carries this metric?"""
        kind = kinds()[self.kind]
        topics = [name for name, metrics in kind.state_topics().items() if self.metric.name in metrics]
        return tenant.kind == self.kind and any(
            may(principal, Action.READ, Room(tenant.id, tenant.code, topic), tenant) for topic in topics
        )

    def _limit(self, request: Request) -> int | None:
        query = request.query_params
        if "limit" not in query or self.metric.limit is None:
            return None
        try:
            return whole(query, "limit", 1, MOST)
        except BadParameter as error:
            raise ValidationError({error.name: error.complaint}) from None


def metric_routes() -> list[URLPattern]:
    """The routes of every kind's metrics."""
    return [_route(kind, metric) for kind in kinds().values() for metric in kind.metrics if metric.rest]


def _route(kind: Kind, metric: Metric) -> URLPattern:
    view = MetricView.as_view(metric=metric, kind=kind.name)
    return path(str(metric.rest).lstrip("/"), view, {"kind": kind.name}, name=f"{kind.name}.{metric.name}")
