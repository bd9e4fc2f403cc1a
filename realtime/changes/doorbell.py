"""How do workers hear at once that something was committed? By a doorbell, which may be lost: a poll comes anyway.

Our own writers ring when their transaction commits. Everyone else's statements NOTIFY (dashboards.triggers).
"""

from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save

from dashboards.kinds import kinds
from dashboards.models import Membership, Negocio, NegocioKey
from notifications.models import AlertRule, Notice
from notifications.signals import told
from realtime import publishing
from realtime.rooms import WORKERS

DOORBELL = "changes.doorbell"
JOURNAL_DOORBELL = "journal.doorbell"


def watched_models() -> set[type[Model]]:
    """The models whose rows become changes."""
    return {Negocio, NegocioKey, Membership, AlertRule} | {model for kind in kinds().values() for model in kind.moves}


def connect() -> None:
    """Ring whenever a watched model is saved or deleted."""
    for signal in (post_save, post_delete, m2m_changed):
        signal.connect(ring_on_commit, dispatch_uid="pulso.doorbell")
    post_save.connect(ring_sequencer_on_commit, Notice, dispatch_uid="pulso.notices")
    told.connect(ring_sequencer_on_commit, dispatch_uid="pulso.told")


def ring_on_commit(sender: type[Model], using: str = "default", **_: Any) -> None:
    """Signal receiver: ring once the transaction that wrote is committed."""
    if sender._meta.concrete_model in watched_models():
        transaction.on_commit(ring, using=using, robust=True)


def ring_sequencer_on_commit(using: str = "default", **_: Any) -> None:
    """Signal receiver: something that is told is stored once the transaction is committed."""
    transaction.on_commit(ring_sequencer, using=using, robust=True)


def ring() -> None:
    """Wake the workers. Costs a few microseconds; never raises, never waits for Redis."""
    publishing.send_soon(WORKERS, {"type": DOORBELL})


def ring_sequencer() -> None:
    """Wake who numbers what was stored. Costs as little, and never raises."""
    publishing.send_soon(WORKERS, {"type": JOURNAL_DOORBELL})
