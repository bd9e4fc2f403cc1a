"""May somebody who asks over HTTP read this room? As on a socket: the negocio's own back-end has its say too."""

from realtime.authentication.principal import Principal
from realtime.authorization import Action
from realtime.consumers.addressing import named_room
from realtime.permission import Permission, permission
from realtime.tenancy import tenancy


async def readable_room(principal: Principal, negocio: str, topic: str) -> Permission | None:
    """The room, if it is there and the principal may read it: nobody learns which negocios exist.

    Raises BackendUnavailable, and what the database raises.
    """
    tenant = (await tenancy.directory()).by_code.get(negocio)
    if tenant is None:
        return None
    return await permission(principal, Action.READ, named_room(tenant, topic, principal.user), tenant)
