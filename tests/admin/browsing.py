"""How does a test walk through the admin: which pages are there, and what would a browser send back?"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import ForeignKey, Model
from django.urls import reverse

from dashboards.admin.owned import kind_of
from dashboards.models import Attachment, Membership, Negocio
from notifications.models import AlertRule, Notice, ServiceKey

FORBIDDEN = 403
# Made and ended by commands; test_admin_attachments.py looks at it.
LOOK_ONLY = frozenset({Attachment})
MODELS = sorted(admin.site._registry.keys() - LOOK_ONLY, key=lambda model: model._meta.label)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


def may_see(model: type[Model], role: str) -> bool:
    """What the roles are for: staff tends the kind's rows, an admin all that its negocio has; nobody the users."""
    of_negocio = (Negocio, Membership, ServiceKey, AlertRule, Notice)
    return kind_of(model) is not None or (role == "admin" and model in of_negocio)


def links(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    return [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]


def page(model: type[Model], name: str, *keys: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=keys)


def posted(response: Any) -> dict[str, Any]:
    """What a browser would send back for the form of this page, untouched."""
    forms = [response.context["adminform"].form]
    for formset in (inline.formset for inline in response.context["inline_admin_formsets"]):
        forms += [formset.management_form, *formset.forms]
    return {form.add_prefix(name): value for form in forms for name, value in _values(form)}


def _values(form: Any) -> Iterator[tuple[str, Any]]:
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "decompress"):
            for place, part in enumerate(bound.field.widget.decompress(value)):
                yield f"{bound.name}_{place}", "" if part is None else part
        elif value is not None and value is not False:
            yield bound.name, ",".join(value) if isinstance(value, list) else value
