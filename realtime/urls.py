"""Which HTTP route leads where?"""

from collections.abc import Callable

from django.contrib import admin
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from realtime import health, telemetry
from realtime.api.clients import clients
from realtime.api.events import EventsView
from realtime.api.metrics import metric_routes
from realtime.api.notify import CitaView, NotifyView, RoomNotifyView
from realtime.api.publish import PublishView
from realtime.api.rooms import RoomView
from realtime.api.streams import room_stream
from realtime.authentication.attempts import TokenThrottle


def either_way(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """With and without a slash at the end: what is posted to the wrong one can't be redirected."""
    return [path(route, view, name=name), path(f"{route}/", view)]


urlpatterns: list[URLPattern | URLResolver] = [
    # First, for they are asked for most often, and each is compared with all before it.
    *either_way("api/publish", PublishView.as_view(), "publish"),
    *either_way("api/notify", RoomNotifyView.as_view(), "notify-room"),
    *either_way("notify", NotifyView.as_view(), "notify"),
    *either_way("notify/cita", CitaView.as_view(), "notify-cita"),
    path("health", health.health),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", telemetry.metrics),
    path("api/token", TokenObtainPairView.as_view(throttle_classes=[TokenThrottle]), name="token"),
    path("api/token/refresh", TokenRefreshView.as_view(), name="token-refresh"),
    path("api/rooms/<str:negocio>/<str:topic>", RoomView.as_view(), name="room"),
    path("api/rooms/<str:negocio>/<str:topic>/events", EventsView.as_view(), name="room-events"),
    path("sse/<str:negocio>/<str:topic>", room_stream, name="room-stream"),
    path("admin/clients", clients, name="clients"),
    path("admin/", admin.site.urls),
    *metric_routes(),
    path("", include("realtime.pages.urls")),
]
