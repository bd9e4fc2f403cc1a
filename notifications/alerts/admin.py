"""How do a negocio's admins see and change when somebody is told of its figures?"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dashboards.admin.owned import NegocioScopedAdmin
from dashboards.admin.scope import ADMIN, scope_of
from dashboards.alerts import Alert
from dashboards.kinds import kinds
from dashboards.models import Negocio
from notifications.alerts.models import AlertRule


@admin.register(AlertRule)
class AlertRuleAdmin(NegocioScopedAdmin):
    """A negocio's admin has rules for it; a platform admin also for all negocios of a kind."""

    roles = ADMIN
    list_display = ("name", "condition", "level", "active", "negocio")
    list_filter = ("active", "level")
    list_select_related = ("negocio",)
    search_fields = ("name", "metric", "field", "negocio__name", "negocio__code")
    fields = (
        "negocio", "kind", "name", "metric", "field", "total", "comparison", "threshold", "hysteresis", "daily",
        "message", "level", "action_required", "topics", "user", "active",
    )  # fmt: skip

    @admin.display(description="condición", ordering="metric")
    def condition(self, rule: AlertRule) -> str:
        return rule.alert.condition

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [name for name in self.fields if name != "kind" or scope_of(request).everything]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "kind"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.remote_field.model is Negocio and not scope_of(request).everything:
            kwargs["required"] = True
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":
            choices = [("", "—"), *((kind.name, kind.label) for kind in kinds().values())]
            return forms.ChoiceField(
                label=db_field.verbose_name, choices=choices, required=False, help_text=db_field.help_text
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the rules that are in force without a row here, each a click away from one's own."""
        return super().changelist_view(request, {"declared": list(_declared(request)), **(extra_context or {})})


def _declared(request: HttpRequest) -> Iterator[dict[str, str]]:
    scope = scope_of(request)
    mine = {seat.kind for seat in scope.seats if seat.role in ADMIN}
    add = reverse("admin:notifications_alertrule_add")
    for kind in kinds().values():
        for alert in kind.alerts if scope.everything or kind.name in mine else ():
            name = f"{kind.label}: {alert.name}"
            yield {"name": name, "condition": alert.condition, "url": f"{add}?{urlencode(_as_form(alert))}"}


def _as_form(alert: Alert) -> dict[str, str]:
    """The rule as what a form begins with."""
    texts = ("name", "metric", "field", "total", "comparison", "threshold", "hysteresis", "message", "level", "user")
    ticked = (name for name in ("daily", "action_required", "active") if getattr(alert, name))
    return {name: str(getattr(alert, name)) for name in texts} | {
        "topics": ",".join(alert.topics), **dict.fromkeys(ticked, "1"),
    }  # fmt: skip
