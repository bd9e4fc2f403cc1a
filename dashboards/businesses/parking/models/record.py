"""What have all rows of a parking lot in common?"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from dashboards.models import Negocio, Owned

# Beyond it a JavaScript client could not hold a number exactly.
MOST_EXACT = 2**53 - 1


def money(verbose_name: str, **options: Any) -> "models.DecimalField[Any, Decimal]":
    """An amount in dollars, never negative; 0 where nobody says, for writers that are not us too."""
    return models.DecimalField(
        verbose_name, max_digits=12, decimal_places=2, default=Decimal(0), db_default=Decimal(0),
        validators=[MinValueValidator(0)], **options,
    )  # fmt: skip


def outside_id(name: str) -> int | str:
    """An id as the wire has it: a number where the old system counts, else the text (a uuid)."""
    counted = name.isascii() and name.isdecimal() and str(int(name)) == name and int(name) <= MOST_EXACT
    return int(name) if counted else name


class Record(Owned):
    """Base of the lot's tables. A row may be known outside by an id of the team's own system, and links to rows of
    its own negocio only."""

    # Every table has a unique constraint that begins with the negocio; one more index would only slow writes.
    negocio = models.ForeignKey(Negocio, models.CASCADE, related_name="+", verbose_name="negocio", db_index=False)
    # NULL, not "", where there is none: only then is one plain unique constraint enough for ON CONFLICT.
    external_id = models.CharField("id externo", max_length=64, null=True, blank=True, default=None)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["negocio", "external_id"], name="%(app_label)s_%(class)s_external_id")
        ]

    @property
    def wire_id(self) -> int | str:
        """What the row is called outside: the external id where it has one, else the key."""
        return outside_id(self.external_id or str(self.pk))

    def clean(self) -> None:
        super().clean()
        links = [field for field in self._meta.concrete_fields if isinstance(field, models.ForeignKey)]
        foreign = [
            field.name for field in links
            if isinstance(linked := getattr(self, field.name, None), Owned) and linked.negocio_id != self.negocio_id
        ]  # fmt: skip
        if foreign:
            raise ValidationError(dict.fromkeys(foreign, "Pertenece a otro negocio."))
