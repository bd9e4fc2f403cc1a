"""Where do a negocio's figures come from? From its rows here or, where it has a `rest_api_url`, from its own API."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connection

from dashboards.kinds import Kind, kinds
from dashboards.metrics import Computed, Figure, Metric, Scope, compute, compute_together
from dashboards.models import Negocio
from dashboards.remote import Api, Wanted, fetch
from dashboards.statements import version_of

# The snapshot is read before anything is fetched: what is fetched is at least as new as its version says.
APIS = f"""
SELECT pg_snapshot_xmax(seen)::text::bigint, (SELECT count(*) FROM pg_snapshot_xip(seen)), clock_timestamp(),
  id, code, rest_api_url, rest_api_token
FROM (SELECT pg_current_snapshot() AS seen) AS moment
LEFT JOIN {Negocio._meta.db_table} ON id = ANY(%s) AND (rest_api_url <> '' OR code = %s)
"""


class Unavailable(Exception):
    """The figure can't be read or fetched now."""


@dataclass(frozen=True, slots=True)
class Remotes:
    """The negocios whose figures come from their own APIs, as of a moment."""

    version: int
    as_of: dt.datetime
    apis: Mapping[int, Api]


def default_code(kind: str) -> str:
    """The code of the negocio of this kind that REST_API_URL is the API of; empty where there is none."""
    return settings.DEFAULT_NEGOCIO.get(kind, "") if settings.REST_API_URL else ""


def default_codes() -> list[str]:
    """The codes of all negocios that REST_API_URL is the API of."""
    return [code for name, kind in kinds().items() if _can_be_fetched(kind) and (code := default_code(name))]


def is_fetched(negocio: Negocio) -> bool:
    """Does it have an API for its figures?"""
    kind = kinds().get(negocio.kind)
    if kind is None or not _can_be_fetched(kind):
        return False
    return bool(negocio.rest_api_url) or negocio.code == default_code(kind.name)


def compute_all(kind: Kind, names: Collection[str], negocio_ids: Sequence[int]) -> dict[str, Computed]:
    """The named metrics of many negocios: at most one statement a metric, or one fetch a metric and negocio.

    What can't be fetched is missing from a metric's figures.
    """
    metrics = [metric for metric in kind.metrics if metric.name in names]
    remotes = _remotes(kind, negocio_ids)
    if remotes is None or not remotes.apis:
        return compute_together(metrics, Scope(negocio_ids))
    here = [id for id in negocio_ids if id not in remotes.apis]
    computed = compute_together([metric for metric in metrics if not metric.rest], Scope(negocio_ids))
    if here:
        computed |= compute_together([metric for metric in metrics if metric.rest], Scope(here))
    fetched = _fetched(metrics, remotes)
    return computed | {
        metric.name: _with(computed.get(metric.name), fetched[metric.name], remotes)
        for metric in metrics
        if metric.rest
    }


def compute_one(kind: Kind, metric: Metric, negocio_id: int, limit: int | None = None) -> Figure:
    """One metric of one negocio, its list so long; raises Unavailable."""
    remotes = _remotes(kind, [negocio_id])
    found: Mapping[int, Figure]
    if remotes is None or not remotes.apis or not metric.rest:
        found = compute(metric, Scope([negocio_id], limit=limit)).figures
    else:
        found = fetch({negocio_id: Wanted(remotes.apis[negocio_id], metric.rest, limit)})
    if negocio_id not in found:
        raise Unavailable
    return found[negocio_id]


def _can_be_fetched(kind: Kind) -> bool:
    return any(metric.rest for metric in kind.metrics)


def _remotes(kind: Kind, negocio_ids: Sequence[int]) -> Remotes | None:
    """None for a kind that has no API to be asked."""
    if not _can_be_fetched(kind):
        return None
    with connection.cursor() as cursor:
        cursor.execute(APIS, [list(negocio_ids), default_code(kind.name)])
        rows = cursor.fetchall()
    xmax, in_progress, as_of = rows[0][:3]
    apis = {
        id: Api(url, token) if url else Api(settings.REST_API_URL, settings.REST_API_TOKEN)
        for *_, id, _code, url, token in rows
        if id is not None
    }
    return Remotes(version_of(xmax, in_progress), as_of, apis)


def _fetched(metrics: Sequence[Metric], remotes: Remotes) -> dict[str, dict[int, Figure]]:
    """Metric -> negocio -> figure, of those that came."""
    wanted = {
        (metric.name, id): Wanted(api, metric.rest)
        for metric in metrics
        if metric.rest
        for id, api in remotes.apis.items()
    }
    found: dict[str, dict[int, Figure]] = {metric.name: {} for metric in metrics}
    for (name, id), figure in fetch(wanted).items():
        found[name][id] = figure
    return found


def _with(computed: Computed | None, figures: Mapping[int, Figure], remotes: Remotes) -> Computed:
    """The metric of all negocios: computed here for some, fetched for the others."""
    if computed is None:
        return Computed(remotes.version, remotes.as_of, figures)
    versions = {**computed.versions, **dict.fromkeys(figures, remotes.version)}
    return replace(computed, figures={**computed.figures, **figures}, versions=versions)
