"""What does a page know before its socket is open?"""

from collections.abc import Iterable
from typing import Any

from dashboards.kinds import Kind
from realtime.rooms import Room
from realtime.snapshots import document_of, read_now


def snapshots(kind: Kind, rooms: Iterable[Room]) -> list[dict[str, Any]]:
    """The state of each room as it is now."""
    return [document_of(room, read_now(kind, room)) for room in rooms]


def choice_labels(kind: Kind) -> dict[str, dict[str, str]]:
    """What the values of the kind's choice fields are called: `{"cita.estado":{"pendiente":"Pendiente",…},…}`."""
    return {
        f"{model._meta.model_name}.{field.name}": {str(value): str(label) for value, label in field.flatchoices}
        for model in kind.moves
        for field in model._meta.concrete_fields
        if field.choices
    }
