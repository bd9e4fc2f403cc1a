"""Where do Pulso's tables live? In a schema of their own, so that somebody's database is never migrated into."""

from typing import Any

from django.conf import settings
from django.db import connections


def create_schema(using: str = "default", **_: Any) -> None:
    """Make the schema before the first migration looks for its table."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [settings.SCHEMA])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{settings.SCHEMA}"')
