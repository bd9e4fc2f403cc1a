"""Which mappings are built in (a kind's folder `layouts`), and which of them fits the tables that are there?"""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from pathlib import Path

from django.apps import apps

from dashboards.attach.catalog import Catalog
from dashboards.attach.errors import Ambiguous, NoFit, Unknown
from dashboards.attach.mapping import Mapping, read_mapping
from dashboards.attach.resolving import Plan, resolve
from dashboards.attach.shape import Table


def layouts_of(kind: str, shape: Dict[str, Table]) -> dict[str, Mapping]:
    """The kind's built-in layouts by name."""
    folder = Path(apps.get_app_config(kind).path) / "layouts"
    return {path.stem: read_mapping(path, kind, shape) for path in sorted(folder.glob("*.toml"))}


def layout_named(name: str, kind: str, shape: Dict[str, Table]) -> Mapping:
    """The kind's layout of that name; raises Unknown."""
    known = layouts_of(kind, shape)
    if name not in known:
        raise Unknown(f"layout of {kind}", name, list(known))
    return known[name]


def fitting(
    candidates: Sequence[Mapping], shape: Dict[str, Table], catalog: Catalog, schema: str
) -> tuple[Mapping, Plan]:
    """The one of the mappings that fits; raises NoFit with what each misses, or Ambiguous."""
    tried = {mapping.name: (mapping, *resolve(mapping, shape, catalog)) for mapping in candidates}
    plans = [(mapping, plan) for mapping, plan, _ in tried.values() if plan is not None]
    if not plans:
        raise NoFit(schema, {name: problems for name, (_, _, problems) in tried.items()})
    if len(plans) > 1:
        raise Ambiguous([mapping.name for mapping, _ in plans])
    return plans[0]
