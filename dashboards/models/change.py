"""What did one committed statement do to one table of one negocio? The outbox, filled by triggers."""

from django.db import models


class Change(models.Model):
    """One statement's effect on one table of one negocio; written by triggers only (dashboards.triggers)."""

    id = models.BigAutoField(primary_key=True)
    # No foreign key: it would lock the negocio's row in every writer, and must outlive the negocio.
    negocio_id = models.BigIntegerField(null=True, help_text="None: every negocio (TRUNCATE)")
    source = models.CharField(max_length=63, help_text="the table")
    operation = models.CharField(max_length=8, help_text="insert, update, delete, truncate, refresh")
    row_count = models.BigIntegerField(null=True)
    rows = models.JSONField(null=True, help_text='[{"key":…,"old":{…}|null,"new":{…}|null}]; None over 1,000 rows')
    created_at = models.DateTimeField()

    class Meta:
        db_table = "changes"
        verbose_name = "cambio"
        verbose_name_plural = "cambios"
        indexes = [models.Index(fields=["negocio_id", "id"], name="changes_by_negocio")]

    def __str__(self) -> str:
        return f"{self.operation} {self.source} ({self.row_count})"
