"""How do the kinds' own tables change while views read them? Without the views: they are made anew afterwards.

In between, figures of attached negocios can't be computed, and wait.
"""

from typing import Any

from django.db import connections

from dashboards.attach.checking import check_all
from dashboards.attach.installing import hiding_sql, run
from dashboards.attach.preparing import query_here
from dashboards.attach.shape import shape_of
from dashboards.models import Attachment


def hide(plan: Any = (), using: str = "default", **_: Any) -> None:
    """Receiver of pre_migrate."""
    if plan and using == "default" and _has_attachments(using):
        for attachment_id, kind in query_here(f"SELECT id, kind FROM {Attachment._meta.db_table}", []):
            run(hiding_sql(attachment_id, shape_of(kind).values()))


def show(plan: Any = (), using: str = "default", **_: Any) -> None:
    """Receiver of post_migrate."""
    if plan and using == "default" and _has_attachments(using):
        check_all()


def _has_attachments(using: str) -> bool:
    table = Attachment._meta.db_table
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [table])
        return cursor.fetchone()[0] is not None
