"""Which pages are there?"""

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from realtime.pages.login import Login
from realtime.pages.views import dashboard, home, token

urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("session/login", Login.as_view(), name="login"),
    path("session/logout", LogoutView.as_view(), name="logout"),
    path("session/token", token, name="session-token"),
    # A negocio's code; last, so that it can't hide a route.
    path("<str:code>/", dashboard, name="dashboard"),
]
