"""How are negocios and the keys that speak for them managed?"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import ManyToOneRel, Model
from django.http import HttpRequest

from dashboards.admin.owned import ModelAdmin, ModelForm, Scoped, TabularInline
from dashboards.admin.people import MembershipInline
from dashboards.admin.scope import ADMIN, scope_of
from dashboards.kinds import kinds
from dashboards.models import Negocio, NegocioKey

SHORTEST_KEY = 32  # bytes: the size of an HS256 hash, below which a secret can be guessed offline


class KeyForm(ModelForm):
    """A secret is entered once and never shown again."""

    secret = forms.CharField(
        label="secreto", max_length=512,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "new-password", "placeholder": "••••••••", "size": 48}
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secret"].disabled = self.instance.pk is not None


class KeyInline(Scoped, TabularInline):
    model = NegocioKey
    form = KeyForm
    roles = ADMIN
    fields = ("name", "secret", "active", "created_at")
    readonly_fields = ("created_at",)
    extra = 0


class NegocioForm(ModelForm):
    """A token is entered and never shown again; it goes with its URL."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "rest_api_token" in self.fields:
            kept = self.instance.rest_api_token if cleaned.get("rest_api_url") else ""
            cleaned["rest_api_token"] = (cleaned.get("rest_api_url") and cleaned.get("rest_api_token")) or kept
        return cleaned


@admin.register(Negocio)
class NegocioAdmin(Scoped, ModelAdmin):
    """Platform admins make and drop negocios; a negocio's own admin names it and tends its keys and people."""

    roles = ADMIN
    form = NegocioForm
    inlines = (KeyInline, MembershipInline)
    list_display = ("name", "code", "kind", "time_zone", "active", "created_at")
    list_filter = ("kind", "active")
    search_fields = ("name", "code", "external_admin_id")
    date_hierarchy = "created_at"
    fields = (
        "name", "code", "kind", "time_zone", "external_admin_id", "hosts", "backend_url", "rest_api_url",
        "rest_api_token", "anonymous_read", "active", "created_at",
    )  # fmt: skip
    own_fields = frozenset({"name", "time_zone"})

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("created_at",)
        if scope_of(request).everything:
            return ("kind", "created_at")  # the rows that it has lie in the kind's tables
        return tuple(name for name in self.fields if name not in self.own_fields)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Secrets aren't for those who may only look."""
        return tuple(name for name in self.fields if name != "rest_api_token" or scope_of(request).everything)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "rest_api_token":
            kwargs["widget"] = forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 48})
        if db_field.name == "kind":
            choices = [(kind.name, kind.label) for kind in kinds().values()]
            return forms.ChoiceField(label=db_field.verbose_name, choices=choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return scope_of(request).everything

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return scope_of(request).everything

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Asked from a kind's page, the negocios of that kind only."""
        asking = request.GET.get("app_label")
        if asking in kinds():
            queryset = queryset.filter(kind=asking)
        return super().get_search_results(request, queryset, search_term)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What goes with the negocios, as numbers: one may have many thousands of rows."""
        counts = {Negocio._meta.verbose_name_plural: len(objs)}
        for relation in Negocio._meta.get_fields(include_hidden=True):
            if isinstance(relation, ManyToOneRel):
                model = relation.related_model
                rows = model._base_manager.filter(**{f"{relation.field.name}__in": [row.pk for row in objs]})
                if size := rows.count():
                    counts[model._meta.verbose_name_plural] = size
        return [str(negocio) for negocio in objs], counts, set(), []

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for row in formset.new_objects:
            if isinstance(row, NegocioKey) and len(row.secret.encode()) < SHORTEST_KEY:
                warning = f"La clave «{row.name}» tiene menos de {SHORTEST_KEY} bytes; mejor una más larga."
                messages.warning(request, warning)
