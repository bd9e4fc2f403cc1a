"""Which pages are there?"""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
