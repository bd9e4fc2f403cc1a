"""A kind's ImportShape that keeps its rows in a dict."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dashboards.importing import BadRow, Field, ImportShape, MappedRow
from dashboards.models import Negocio

STATES = ("OPEN", "DONE")


def state(text: str) -> str:
    if text not in STATES:
        raise BadRow("state", text, f"none of {', '.join(STATES)}")
    return text


@dataclass
class FakeKind:
    """Keeps rows by (negocio code, id); `refused` ids are bad in write; `on_happen` is what happen does."""

    rows: dict[tuple[str, str], MappedRow] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    sizes: list[int] = field(default_factory=list)
    on_happen: Callable[[Negocio, MappedRow], None] = lambda negocio, row: None

    def write(self, rows: Sequence[tuple[Negocio, MappedRow]]) -> int:
        for _, row in rows:
            if row["id"] in self.refused:
                raise BadRow("id", row["id"], "refused")
        new = len({(negocio.code, row["id"]) for negocio, row in rows} - self.rows.keys())
        self.rows.update({(negocio.code, row["id"]): row for negocio, row in rows})
        self.sizes.append(len(rows))
        return new

    def happen(self, negocio: Negocio, row: MappedRow) -> None:
        self.on_happen(negocio, row)

    @property
    def shape(self) -> ImportShape:
        fields = (
            Field("id", str),
            Field("state", state, required=True),
            Field("day", dt.date.fromisoformat),
            Field("amount", int, default=0),
        )
        return ImportShape(fields, external_id="id", when="day", write=self.write, happen=self.happen)
