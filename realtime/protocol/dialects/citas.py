"""How do the citas front-ends speak (wire.md, 1)? Channels `estadisticas:<negocio>`, `stats` frames."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from realtime.protocol.commands import Command, Ignored, PassOn, Subscribe, Unsubscribe
from realtime.protocol.json import dumps
from realtime.protocol.listeners import Listener
from realtime.protocol.messages import NOTHING, Passing, Rendering, State
from realtime.protocol.silent import Silent

CHANNEL = "estadisticas:"
TOPIC = "stats"
METRIC = "stats"
# Queue events that clients tell each other.
QUEUE_EVENTS = frozenset({"nueva_cita", "avance_fila", "cerrar_fila", "usuario_en_fila"})
# The other spelling of each figure: clients of both exist.
SNAKE = {
    "totalCitas": "total_citas",
    "citasHoy": "citas_hoy",
    "citasCompletadas": "citas_completadas",
    "citasCanceladas": "citas_canceladas",
}


class Citas(Silent):
    """Dialect 1."""

    name = "citas"
    kind = "citas"
    asks = True
    # rxjs takes a close frame for the end of the stream, after which retry() does not come back.
    hangs_up = True

    def own_topics(self, listener: Listener) -> tuple[str, ...]:
        return (TOPIC,)

    def recognises(self, document: Mapping[str, Any]) -> bool:
        return document.get("type") == "subscribe" and "v" not in document and self._channel(document) is not None

    def read(self, document: Mapping[str, Any]) -> Command:
        kind = document.get("type")
        if kind in ("subscribe", "unsubscribe"):
            negocio = self._negocio(document)
            if negocio is None:
                return Ignored()
            return Subscribe(TOPIC, negocio) if kind == "subscribe" else Unsubscribe(TOPIC, negocio)
        if isinstance(kind, str) and kind in QUEUE_EVENTS:
            named = document.get("negocioId")
            negocio = str(named) if isinstance(named, str | int) else self._negocio(document)
            return PassOn(TOPIC, negocio, kind, document)
        return Ignored()

    def state(self, state: State) -> Rendering:
        stats = state.figures.get(METRIC)
        if stats is None:
            return NOTHING
        as_of = dt.datetime.fromisoformat(state.as_of)
        data = {
            "negocio_id": state.negocio,
            **stats,
            **{snake: stats[camel] for camel, snake in SNAKE.items()},
            "timestamp": int(as_of.timestamp()),
        }
        return Rendering((dumps({"type": "stats", "data": data, "timestamp": state.as_of}),))

    def passing(self, message: Passing) -> bytes | None:
        return dumps(message.document) if message.type in QUEUE_EVENTS else None

    def _channel(self, document: Mapping[str, Any]) -> str | None:
        data = document.get("data")
        channel = data.get("channel") if isinstance(data, dict) else document.get("channel")
        return channel if isinstance(channel, str) else None

    def _negocio(self, document: Mapping[str, Any]) -> str | None:
        channel = self._channel(document)
        if channel is None or not channel.startswith(CHANNEL):
            return None
        return channel.removeprefix(CHANNEL) or None


DIALECT = Citas()
