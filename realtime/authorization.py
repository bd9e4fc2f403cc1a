"""May this principal do this in this room? The one place that says so; what it doesn't know, it refuses."""

from collections.abc import Callable, Mapping
from enum import Enum

from dashboards.kinds import Topic, kinds
from dashboards.topics import USER, user_topic
from realtime.authentication.principal import Principal, Standing
from realtime.rooms import Room
from realtime.tenancy import Tenant


class Action(Enum):
    """What can be done in a room."""

    READ = "read"
    PRESENCE = "presence"
    PASS_ON = "pass on"
    PUBLISH = "publish"


def _reads(principal: Principal, standing: Standing, topic: Topic, room: Room) -> bool:
    if room.base_topic == USER:
        return not principal.anonymous and room.topic == user_topic(principal.user)
    if principal.anonymous:
        return topic.public and topic.state
    return topic.public or standing >= Standing.STAFF


def _publishes(principal: Principal, standing: Standing, topic: Topic, room: Room) -> bool:
    return not principal.anonymous and standing >= Standing.STAFF


def _passes_on(principal: Principal, standing: Standing, topic: Topic, room: Room) -> bool:
    return not principal.anonymous and _reads(principal, standing, topic, room)


RULES: Mapping[Action, Callable[[Principal, Standing, Topic, Room], bool]] = {
    Action.READ: _reads,
    Action.PRESENCE: _passes_on,
    Action.PASS_ON: _passes_on,
    Action.PUBLISH: _publishes,
}


def may(principal: Principal | None, action: Action, room: Room | None, tenant: Tenant | None) -> bool:
    """Whether the principal may do it; False for whatever is missing, unknown or doesn't fit together.

    `tenant` is the room's negocio as the directory knows it.
    """
    if principal is None or room is None or tenant is None:
        return False
    if (tenant.id, tenant.code) != (room.negocio_id, room.negocio):
        return False
    standing = principal.holds.get(room.negocio)
    kind = kinds().get(tenant.kind)
    topic = kind.topic(room.base_topic) if kind is not None else None
    rule = RULES.get(action)
    if standing is None or topic is None or rule is None:
        return False
    if room.topic != topic.name and topic.name != USER:
        return False  # only `user` has a parameter
    return rule(principal, standing, topic, room)
