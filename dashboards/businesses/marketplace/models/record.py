"""What have all rows of a marketplace in common?"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from dashboards.models import Negocio, Owned


def money(verbose_name: str, **options: Any) -> "models.DecimalField[Any, Decimal]":
    """An amount in the negocio's currency, never negative; 0 where nobody says, our writer or another program."""
    return models.DecimalField(
        verbose_name, max_digits=12, decimal_places=2, default=Decimal(0), db_default=Decimal(0),
        validators=[MinValueValidator(0)], **options,
    )  # fmt: skip


def text(verbose_name: str, length: int = 200) -> "models.CharField[Any, str]":
    """A line of text that may be left empty."""
    return models.CharField(verbose_name, max_length=length, blank=True, default="", db_default="")


class Record(Owned):
    """Base of the marketplace's tables: what a row links to must belong to its own negocio."""

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
    """Base of rows that the team's own system may know by a number of its own; that is then the one on the wire."""

    external_id = models.BigIntegerField("id externo", null=True, blank=True, default=None)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["negocio", "external_id"], name="%(app_label)s_%(class)s_external_id")
        ]

    @property
    def wire_id(self) -> int:
        """What the row is called outside: the external id where it has one, else the key."""
        return self.pk if self.external_id is None else self.external_id
