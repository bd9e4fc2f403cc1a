"""Who in the cluster is alive, watches which rooms, and holds which duty?"""

from django.db import models


class Process(models.Model):
    """One process of the cluster; gone when `until` (PostgreSQL's clock) has passed."""

    id = models.CharField(primary_key=True, max_length=64)
    role = models.CharField(max_length=16, help_text="web or worker")
    until = models.DateTimeField()

    class Meta:
        db_table = "processes"

    def __str__(self) -> str:
        return f"{self.role} {self.id}"


class Watch(models.Model):
    """A room that sockets of a process are in."""

    # No foreign key: rows are written and cleared in batches, and a stray one is harmless.
    process_id = models.CharField(max_length=64)
    negocio_id = models.BigIntegerField()
    topic = models.CharField(max_length=200)

    class Meta:
        db_table = "watches"
        constraints = [models.UniqueConstraint(fields=["process_id", "negocio_id", "topic"], name="one_watch_per_room")]

    def __str__(self) -> str:
        return f"{self.negocio_id}/{self.topic}"


class Attendee(models.Model):
    """A user (empty: everybody without a token) who has sockets in a room of a process, or had until `left_at`."""

    process_id = models.CharField(max_length=64)
    negocio_id = models.BigIntegerField()
    topic = models.CharField(max_length=200)
    user_id = models.CharField(max_length=200)
    sockets = models.IntegerField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "attendees"
        constraints = [
            models.UniqueConstraint(fields=["process_id", "negocio_id", "topic", "user_id"], name="one_seat_per_user")
        ]
        indexes = [models.Index(fields=["negocio_id", "topic"], name="attendees_by_room")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.negocio_id}/{self.topic}"


class Lease(models.Model):
    """Which process does a duty, and until when (PostgreSQL's clock) if it says nothing more."""

    name = models.CharField(primary_key=True, max_length=64)
    holder = models.CharField(max_length=64)
    until = models.DateTimeField()

    class Meta:
        db_table = "leases"

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class Installation(models.Model):
    """The one row that names this database; part of the epoch, which a restored copy must not share."""

    name = models.UUIDField()

    class Meta:
        db_table = "installation"

    def __str__(self) -> str:
        return str(self.name)
