"""What have all rows of a repair shop in common?"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from dashboards.models import Negocio, Owned


def money(verbose_name: str, **options: Any) -> "models.DecimalField[Any, Decimal]":
    """An amount, never negative; 0 where nobody says. The default is PostgreSQL's too, for writers that are not us."""
    return models.DecimalField(
        verbose_name, max_digits=12, decimal_places=2, default=Decimal(0), db_default=Decimal(0),
        validators=[MinValueValidator(0)], **options,
    )  # fmt: skip


class Record(Owned):
    """Base of the shop's tables: what a row links to must belong to its own negocio."""

    # Every table has an index or unique constraint that begins with the negocio; one more would only slow writes.
    negocio = models.ForeignKey(Negocio, models.CASCADE, related_name="+", verbose_name="negocio", db_index=False)

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        links = [field for field in self._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        foreign = [
            field.name for field in links
            if isinstance(linked := getattr(self, field.name, None), Owned) and linked.negocio_id != self.negocio_id
        ]  # fmt: skip
        if foreign:
            raise ValidationError(dict.fromkeys(foreign, "Pertenece a otro negocio."))


class Known(Record):
    """Base of rows that the team's own system may know by an id of its own; that id is then the one on the wire."""

    # NULL, not "", where there is none: only then is one plain unique constraint enough for ON CONFLICT.
    external_id = models.CharField("id externo", max_length=64, null=True, blank=True, default=None)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["negocio", "external_id"], name="%(app_label)s_%(class)s_external_id")
        ]

    @property
    def wire_id(self) -> str:
        """What the row is called outside: the external id where it has one, else the key."""
        return self.external_id or str(self.pk)
