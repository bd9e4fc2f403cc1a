"""How are migrations checked without a database? With Pulso's settings and Django's dummy."""

from realtime.settings import *  # noqa: F403

DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
