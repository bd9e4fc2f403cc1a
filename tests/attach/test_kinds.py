"""Can every kind's figures be computed from views? Its code reads them unchanged, whoever wrote that kind."""

import json
from random import Random
from typing import Any

import pytest
from django.conf import settings

from dashboards.attach.installing import reading_sql, run
from dashboards.attach.quoting import name
from dashboards.attach.reading import schema_of
from dashboards.attach.resolving import Plan
from dashboards.attach.rows import Place
from dashboards.attach.shape import shape_of
from dashboards.kinds import Kind, kinds
from dashboards.metrics import Scope, compute
from dashboards.models import AttachedNegocio, Attachment, Negocio

every_kind = pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)


@every_kind
@pytest.mark.django_db
def test_figures_from_views_are_those_from_tables(kind: Kind) -> None:
    zone = kind.demo.time_zone if kind.demo else "UTC"
    negocio = Negocio.objects.create(code="demo", name="demo", kind=kind.name, time_zone=zone)
    if kind.demo is not None:
        kind.demo.seed(negocio, Random(1))
    from_tables = figures(kind, negocio)
    attachment = Attachment.objects.create(kind=kind.name, schema="none", layout="none")
    AttachedNegocio.objects.create(attachment=attachment, negocio=negocio)
    place = Place(attachment.pk, kind.name, settings.SCHEMA, "none")
    views = reading_sql(Plan({}, None, None), shape_of(kind.name), place)
    run([f"CREATE SCHEMA {name(schema_of(attachment.pk))}", *views])
    assert figures(kind, negocio) == from_tables


def figures(kind: Kind, negocio: Negocio) -> dict[str, Any]:
    computed = {metric.name: compute(metric, Scope([negocio.pk])) for metric in kind.metrics}
    assert {name: one.unreadable for name, one in computed.items() if one.unreadable} == {}
    return {name: json.dumps(one.figures[negocio.pk]) for name, one in computed.items()}
