"""What do all admin pages of a negocio's rows have in common? The base classes of the kinds' admin modules."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from dashboards.admin.scope import ADMIN_OR_STAFF, scope_of
from dashboards.models import Negocio, Owned

if TYPE_CHECKING:
    BaseAdmin = admin.options.BaseModelAdmin[Any]
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    ModelForm = forms.ModelForm[Any]
    InlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    BaseAdmin = admin.options.BaseModelAdmin
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline
    ModelForm, InlineFormSet = forms.ModelForm, forms.BaseInlineFormSet


def kind_of(model: type[Model]) -> str | None:
    """The kind whose table the model is: the name of its folder; None for a table that all kinds share."""
    app = model._meta.app_config
    return app.name.rpartition(".")[2] if app is not None and app.name in settings.KIND_APPS else None


class Scoped(BaseAdmin):
    """Mixin of pages and inlines: rows, choices and permissions end where the person's negocios end.

    `roles` are the membership roles that count here.
    """

    roles = ADMIN_OR_STAFF

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.within_reach(request, super().get_queryset(request))

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        ordered = super().get_field_queryset(db, db_field, request)
        rows = db_field.remote_field.model._default_manager.all() if ordered is None else ordered
        return self.within_reach(request, rows)

    def within_reach(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return scope_of(request).limit(rows, kind_of(self.model), self.roles)

    def reaches(self, request: HttpRequest, row: Model | None) -> bool:
        return scope_of(request).reaches(row, kind_of(self.model), self.roles)

    # An inline is asked about the row of the page it stands on.
    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.reaches(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.reaches(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.reaches(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.reaches(request, None)


class OwnedForm(ModelForm):
    """A form whose row refers to rows of its own negocio only."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data
        negocio = values.get("negocio")
        negocio_id = negocio.pk if negocio is not None else getattr(self.instance, "negocio_id", None)
        for name, value in list(values.items()):
            if negocio_id is not None and any(row.negocio_id != negocio_id for row in _owned(value)):
                self.add_error(name, "No pertenece a este negocio.")
        return cleaned


def _owned(value: Any) -> Sequence[Owned]:
    if isinstance(value, Owned):
        return [value]
    return list(value) if isinstance(value, QuerySet) and issubclass(value.model, Owned) else []


class OwnedFormSet(InlineFormSet):
    """Inline rows belong to the negocio of the row they stand under."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.instance.negocio_id = self.instance.negocio_id


class OwnedInline(Scoped, TabularInline):
    """Inline of a kind's table under another table of the kind."""

    form = OwnedForm
    formset = OwnedFormSet
    exclude = ("negocio",)
    extra = 0


class NegocioScopedAdmin(Scoped, ModelAdmin):
    """Page of a table whose rows belong to a negocio. A row's negocio is chosen once, when it is made."""

    form: type[ModelForm] = OwnedForm
    autocomplete_fields: ClassVar[tuple[str, ...]] = ("negocio",)
    list_per_page = 50

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Few negocios are a plain choice; the search page of negocios is not for everyone."""
        fields = super().get_autocomplete_fields(request)
        return [name for name in fields if name != "negocio" or scope_of(request).everything]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        fields = [*super().get_readonly_fields(request, obj)]
        return fields if obj is None else [*fields, "negocio"]

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return columns if self.has_many_negocios(request) else [name for name in columns if name != "negocio"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.remote_field.model is Negocio and not self.has_many_negocios(request):
            only = scope_of(request).negocio_ids(kind_of(self.model), self.roles)
            kwargs |= {"initial": next(iter(only), None), "widget": forms.HiddenInput()}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not self.reaches(request, obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    def has_many_negocios(self, request: HttpRequest) -> bool:
        scope = scope_of(request)
        return scope.everything or len(scope.negocio_ids(kind_of(self.model), self.roles)) > 1


class OwnRelatedFilter(admin.RelatedFieldListFilter):
    """Filter by a related row within reach. Where there are many negocios, after one of them was picked."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = model_admin.within_reach(request, field.remote_field.model._default_manager.all())
        if issubclass(rows.model, Owned) and model_admin.has_many_negocios(request):
            rows = _of_picked_negocio(rows, request)
        ordering = self.field_admin_ordering(field, request, model_admin)
        return [(row.pk, str(row)) for row in rows.order_by(*ordering)]


def _of_picked_negocio(rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    picked = request.GET.get("negocio__id__exact", "")
    return rows.filter(negocio_id=int(picked)) if picked.isascii() and picked.isdigit() else rows.none()
