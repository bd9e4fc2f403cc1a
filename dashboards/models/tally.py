"""How many rows are there, and what do they add up to? Kept beside the rows, by the keys that figures ask for."""

from django.db import models

from dashboards.models.negocio import Negocio


class Tally(models.Model):
    """So many rows more, or fewer, of one key of a roll-up: the sum of a key's tallies is what its rows add up to.

    Whoever writes rows appends tallies, in the same transaction; the folder makes one of many. PostgreSQL keeps those
    of each `source`, a table of a kind, in a table of their own. What a level has no use for in a key is `NO_DAY`,
    `NO_MOMENT`, "" or 0, and so is what is NULL in a row.
    """

    source = models.TextField()
    level = models.TextField()
    negocio = models.ForeignKey(Negocio, models.DO_NOTHING, db_constraint=False, related_name="+")
    day = models.DateField()
    moment = models.DateTimeField()
    word = models.TextField()
    number = models.BigIntegerField()
    how_many = models.BigIntegerField()
    how_much: "models.DecimalField[object, object]" = models.DecimalField(max_digits=40, decimal_places=6)
    folded = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "dashboards_tally"

    def __str__(self) -> str:
        return f"{self.source}, {self.level}: {self.how_many:+} ({self.how_much:+})"
