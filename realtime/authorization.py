"""May this principal do this in this room? The one place that says so; what it doesn't know, it refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from dashboards.kinds import Claims, Topic, kinds
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules look at: all of it known, and fitting together."""

    principal: Principal
    standing: Standing
    topic: Topic
    room: Room
    tenant: Tenant
    verdict: bool | None


def _reads(asked: Asked) -> bool:
    principal, topic = asked.principal, asked.topic
    if topic.name == USER:
        return not principal.anonymous and asked.room.topic == user_topic(principal.user)
    if topic.guard is not None:
        return not principal.anonymous and _passes(asked, topic.guard)
    if topic.public or asked.standing >= Standing.STAFF:
        return True
    return asked.tenant.anonymous_read and (topic.state or topic.open)


def _passes(asked: Asked, guard: Callable[[Claims, str], bool]) -> bool:
    """By the negocio's own back-end, where it has one that is asked for such rooms; else by the claims."""
    topic, claims, parameter = asked.topic, _claims(asked), asked.room.parameter
    if topic.question is None or not asked.tenant.backend_url:
        return guard(claims, parameter)
    if asked.verdict is None:
        return topic.own is not None and topic.own(claims, parameter)
    return asked.verdict


def _claims(asked: Asked) -> Claims:
    principal, standing = asked.principal, asked.standing
    return Claims(
        user=principal.user,
        role=principal.role.lower(),
        seller=principal.seller or "",
        client=principal.client or "",
        staff=standing >= Standing.STAFF,
        admin=standing >= Standing.ADMIN,
    )


def _publishes(asked: Asked) -> bool:
    return not asked.principal.anonymous and asked.standing >= Standing.STAFF


def _passes_on(asked: Asked) -> bool:
    return not asked.principal.anonymous and _reads(asked)


RULES: Mapping[Action, Callable[[Asked], bool]] = {
    Action.READ: _reads,
    Action.PRESENCE: _passes_on,
    Action.PASS_ON: _passes_on,
    Action.PUBLISH: _publishes,
}


def question_of(principal: Principal, room: Room, tenant: Tenant) -> str | None:
    """Where the negocio's own back-end says whether the principal may read the room: a URL; None if it has no say."""
    kind = kinds().get(tenant.kind)
    topic = kind.topic(room.base_topic) if kind is not None else None
    if topic is None or topic.question is None or not tenant.backend_url:
        return None
    return tenant.backend_url.rstrip("/") + topic.question(room.parameter, principal.user)


def may(
    principal: Principal | None,
    action: Action,
    room: Room | None,
    tenant: Tenant | None,
    verdict: bool | None = None,
) -> bool:
    """Whether the principal may do it; False for whatever is missing, unknown or doesn't fit together.

    `tenant` is the room's negocio as the directory knows it. `verdict`: what its back-end answered to question_of();
    None where it wasn't asked.
    """
    if principal is None or room is None or tenant is None:
        return False
    if (tenant.id, tenant.code) != (room.negocio_id, room.negocio):
        return False
    standing = principal.holds.get(room.negocio)
    kind = kinds().get(tenant.kind)
    topic = kind.topic(room.base_topic) if kind is not None else None
    rule = RULES.get(action)
    if standing is None or topic is None or rule is None or not room.can_be_kept:
        return False
    if (room.topic != topic.name) != (topic.name == USER or topic.guard is not None) or room.topic.endswith(":"):
        return False
    return rule(Asked(principal, standing, topic, room, tenant, verdict))
