"""How many rows are there, and what do they add up to? Kept beside the rows, by the keys that figures ask for."""

from django.db import models

from dashboards.models.negocio import Negocio


class Tally(models.Model):
    """So many rows more, or fewer, of one key of a roll-up: the sum of a key's tallies is what its rows add up to.

    Base of a model for each table that is rolled up (dashboards/rollups/reading.py), on a view of what was appended
    by whoever wrote rows, in the same transaction, and of what was folded. What a level has no use for in a key is the
    first day, the first moment, "" or 0, and so is what is NULL in a row.
    """

    # A key for Django; there are many of each.
    level = models.TextField(primary_key=True)
    negocio = models.ForeignKey(Negocio, models.DO_NOTHING, db_constraint=False, related_name="+")
    day = models.DateField()
    moment = models.DateTimeField()
    word = models.TextField()
    number = models.BigIntegerField()
    how_many = models.BigIntegerField()
    how_much: "models.DecimalField[object, object]" = models.DecimalField(max_digits=40, decimal_places=6)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.level}: {self.how_many:+} ({self.how_much:+})"
