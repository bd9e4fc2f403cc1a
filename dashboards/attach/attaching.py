"""How is an attachment made, and taken away?"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.attach.errors import BadMapping, Busy, Refused
from dashboards.attach.installing import reading_sql, run, watching_sql
from dashboards.attach.mapping import Mapping, mapping_of
from dashboards.attach.preparing import Prepared, Wish, statements_of
from dashboards.attach.quoting import name
from dashboards.attach.reading import LOCK_NOT_AVAILABLE, schema_of
from dashboards.attach.remote import remove_sql, tables_schema
from dashboards.attach.resolving import Plan
from dashboards.attach.rows import Place
from dashboards.attach.shape import Table
from dashboards.models import AttachedNegocio, Attachment, Change, Negocio

# How long their writers may keep us waiting, while those behind us wait for us.
LOCK_PATIENCE = "5s"
INSUFFICIENT_PRIVILEGE = "42501"
FROM_FILE = "archivo"


def attach(prepared: Prepared) -> Attachment:
    """Make it so, in one transaction, and have the figures told. Raises AttachProblem, and then nothing has changed."""
    wish = prepared.wish
    with _explained(prepared), transaction.atomic():
        run([f"SET LOCAL lock_timeout = '{LOCK_PATIENCE}'"])
        attachment = Attachment.objects.create(
            kind=wish.kind,
            schema=wish.schema,
            server="" if prepared.server is None else prepared.server.shown,
            layout=FROM_FILE if wish.mapping is not None else prepared.mapping.name,
            mapping=json.loads(json.dumps(prepared.mapping.document, default=str)),
            time_zone=prepared.time_zone,
            checked_at=timezone.now(),
        )
        if prepared.plan.negocios is None:
            _join(attachment, wish)
        statements = statements_of(prepared, attachment.pk, masked=False)
        run(statements)
        attachment.fingerprint = fingerprint(prepared.plan, prepared.shape, prepared.place(attachment.pk))
        attachment.save(update_fields=["fingerprint"])
        ask_for_figures(attachment)
    return attachment


def _join(attachment: Attachment, wish: Wish) -> None:
    assert wish.negocio is not None
    negocio, made = Negocio.objects.get_or_create(
        code=wish.negocio, defaults={"name": wish.negocio, "kind": wish.kind, "time_zone": wish.time_zone or "UTC"}
    )
    AttachedNegocio.objects.create(negocio=negocio, attachment=attachment, made=made)


@contextmanager
def _explained(prepared: Prepared) -> Iterator[None]:
    """PostgreSQL's refusals in words that say what to do."""
    try:
        yield
    except DatabaseError as error:
        state = getattr(error.__cause__, "sqlstate", None)
        reason = str(error).strip()
        if state == LOCK_NOT_AVAILABLE:
            raise Busy(LOCK_PATIENCE) from None
        if state == INSUFFICIENT_PRIVILEGE:
            role = str(connection.settings_dict["USER"])
            raise Refused(reason, role, prepared.wish.schema, prepared.plan.sources()) from None
        raise BadMapping(prepared.mapping.name, "", reason) from None


def fingerprint(plan: Plan, shape: dict[str, Table], place: Place) -> str:
    """Tells whether what is installed is what the tables call for now."""
    statements = [*reading_sql(plan, shape, place), *watching_sql(plan, place)]
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()


def place_of(attachment: Attachment) -> Place:
    """Where an attachment's rows are found here."""
    theirs = tables_schema(attachment.pk) if attachment.server else attachment.schema
    return Place(attachment.pk, attachment.kind, settings.SCHEMA, theirs, attachment.time_zone)


def mapping_stored(attachment: Attachment, shape: dict[str, Table]) -> Mapping:
    """The mapping that it was made with, as the kind's models are now; raises BadMapping."""
    return mapping_of(attachment.mapping, attachment.layout, attachment.kind, shape)


def ask_for_figures(attachment: Attachment) -> None:
    """Have all figures of its negocios computed and told anew."""
    negocio_ids = AttachedNegocio.objects.filter(attachment=attachment).values_list("negocio_id", flat=True)
    Change.objects.bulk_create(
        Change(negocio_id=id, source="", operation="refresh", created_at=Now()) for id in negocio_ids
    )


def detach(attachment: Attachment) -> list[str]:
    """Take every trace of it out of the database; returns the codes of negocios that it had made and that stay.

    One that it had made stays when somebody has given it people, keys or rows of its own.
    """
    with transaction.atomic():
        run([f"SET LOCAL lock_timeout = '{LOCK_PATIENCE}'"])
        try:
            with transaction.atomic():
                # What it made on their tables goes with the functions in the schema: that takes no right to them.
                run([f"DROP SCHEMA IF EXISTS {name(schema_of(attachment.pk))} CASCADE", *remove_sql(attachment.pk)])
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise Busy(LOCK_PATIENCE) from None
            raise
        made = list(Negocio.objects.filter(attached__attachment=attachment, attached__made=True))
        ask_for_figures(attachment)
        attachment.delete()
        return _forget_made(made)


def _forget_made(made: Sequence[Negocio]) -> list[str]:
    kept = [negocio.code for negocio in made if _is_used(negocio)]
    Negocio.objects.filter(pk__in=[each.pk for each in made]).exclude(code__in=kept).delete()
    return kept


def _is_used(negocio: Negocio) -> bool:
    relations = [field for field in Negocio._meta.get_fields(include_hidden=True) if field.one_to_many]
    models = [(relation.related_model, relation.field.name) for relation in relations]  # type: ignore[union-attr]
    return any(model._base_manager.filter(**{name: negocio}).exists() for model, name in models)  # type: ignore[union-attr]
