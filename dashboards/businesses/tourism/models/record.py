"""What have all rows of a tour operator in common?"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from dashboards.models import Negocio, Owned


def price(verbose_name: str) -> "models.DecimalField[Any, Decimal]":
    """US dollars or whatever the negocio is paid in, never negative; 0 where nobody says, also for plain SQL."""
    return models.DecimalField(
        verbose_name, max_digits=12, decimal_places=2, default=Decimal(0), db_default=Decimal(0), blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip


class Record(Owned):
    """Base of the operator's tables. The id that the team's own system gave a row is the one on the wire."""

    # The unique constraint on external ids begins with the negocio; an index on it alone would only slow writes.
    negocio = models.ForeignKey(Negocio, models.CASCADE, related_name="+", verbose_name="negocio", db_index=False)
    # NULL, not "", where there is none, so that the constraint lets many rows be without.
    external_id = models.CharField("id externo", max_length=64, null=True, blank=True, default=None)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["negocio", "external_id"], name="%(app_label)s_%(class)s_external_id")
        ]

    @property
    def wire_id(self) -> str | int:
        """What the row is called outside: the external id where it has one, else the key."""
        return self.external_id or int(self.pk)

    def clean(self) -> None:
        """What the row links to must belong to its own negocio."""
        super().clean()
        foreign = [name for name, linked in self._linked().items() if linked.negocio_id != self.negocio_id]
        if foreign:
            raise ValidationError(dict.fromkeys(foreign, "Pertenece a otro negocio."))

    def _linked(self) -> dict[str, Owned]:
        fields = [field for field in self._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        rows = {field.name: getattr(self, field.name, None) for field in fields}
        return {name: row for name, row in rows.items() if isinstance(row, Owned)}
