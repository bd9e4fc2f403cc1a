"""Is there room for one more socket, and whose is it? Upgrades are judged in their order, few at a time."""

import logging
from typing import Any

from django.conf import settings

from realtime.complaints import in_a_line
from realtime.consumers.admission import Admission, Refusal, admit
from realtime.limits.gate import Crowded
from realtime.node import Node

logger = logging.getLogger(__name__)

FULL = Refusal(503, "Too many connections")
# The user, or the negocio, has to close another one.
TOO_MANY = Refusal(429, "Too many connections")
UNAVAILABLE = Refusal(503, "Temporarily unavailable")


async def let_in(own: Node, client: object, scope: dict[str, Any]) -> Admission | Refusal:
    """The admission of an upgrade, counted as the client's from now on, or why not."""
    answer = await _judge(own, scope)
    if answer in (FULL, TOO_MANY):
        own.counts["connections_refused"] += 1
    if isinstance(answer, Admission):
        own.occupancy.count(client, answer.principal)
    return answer


async def _judge(own: Node, scope: dict[str, Any]) -> Admission | Refusal:
    try:
        await own.gate.turn()
        if _is_full(own):
            return FULL
        answer = await admit(scope)
    except Crowded:
        return FULL
    except Exception as error:
        logger.warning("an upgrade can't be judged now: %s", in_a_line(error))
        return UNAVAILABLE
    if isinstance(answer, Refusal):
        return answer
    if _is_full(own):  # others were let in while this one was judged
        return FULL
    return answer if own.occupancy.has_room(answer.principal) else TOO_MANY


def _is_full(own: Node) -> bool:
    return own.connections >= settings.MAX_CONNECTIONS
