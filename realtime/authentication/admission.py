"""Which principal is behind a token or a request without one? The order of wire.md, "Which negocio"."""

from collections.abc import Mapping

from asgiref.sync import async_to_sync

from realtime.authentication.claims import Identity, identity_of
from realtime.authentication.errors import InvalidToken, NoNegocio, UnknownKey
from realtime.authentication.jwks import look_for_key
from realtime.authentication.keys import verify
from realtime.authentication.principal import NOBODY, Principal, Proof, Standing, standing_of
from realtime.tenancy import Directory, Person, Tenancy, Tenant
from realtime.tenancy import tenancy as own_tenancy


async def principal_of_token(
    token: str, tenancy: Tenancy, host: str = "", kind: str = "", user_header: str = ""
) -> Principal:
    """The principal of a token, spoken to in the dialect of a kind (empty: not known yet, or of none).

    Raises InvalidToken or NoNegocio.
    """
    directory = await tenancy.directory()
    await look_for_key(token)
    try:
        return await _principal(token, tenancy, directory, host, kind, user_header)
    except (UnknownKey, NoNegocio):
        # Its negocio or key may have been entered a moment ago.
        return await _principal(token, tenancy, await tenancy.newer(), host, kind, user_header)


def principal_now(token: str, host: str = "", kind: str = "", user_header: str = "") -> Principal:
    """The same, from synchronous code, by the process's own tenancy."""
    return async_to_sync(principal_of_token)(token, own_tenancy, host, kind, user_header)


async def _principal(
    token: str, tenancy: Tenancy, directory: Directory, host: str, kind: str, user_header: str
) -> Principal:
    verified = verify(token, directory)
    identity = identity_of(verified.claims, verified.own)
    if user_header and user_header != identity.user:
        raise InvalidToken
    return await _proven(Proof(identity, verified.negocio, verified.key), tenancy, directory, host, kind)


async def principal_again(principal: Principal, tenancy: Tenancy, host: str, kind: str) -> Principal:
    """The same client, judged by what is known now, without its token. Raises InvalidToken, NoNegocio."""
    directory = await tenancy.directory()
    proof = principal.proof
    if proof is None:
        again = await anonymous_principal(tenancy, host, kind) if principal.anonymous else principal
        if again is NOBODY:
            raise NoNegocio
        return again
    if proof.negocio is not None and directory.keys.get(proof.key) != proof.negocio:
        raise UnknownKey
    return await _proven(proof, tenancy, directory, host, kind)


async def _proven(proof: Proof, tenancy: Tenancy, directory: Directory, host: str, kind: str) -> Principal:
    identity = proof.identity
    if proof.negocio is not None:
        holds = await _of_key(proof.negocio, identity, tenancy, directory)
    else:
        holds = await _of_platform(identity, tenancy, directory, host, kind)
    if not holds:
        raise NoNegocio
    return Principal(
        user=identity.user,
        holds=holds,
        role=identity.role,
        seller=identity.seller,
        client=identity.client,
        expires_at=identity.expires_at,
        proof=proof,
    )


async def anonymous_principal(tenancy: Tenancy, host: str, kind: str) -> Principal:
    """Who has no token: a reader of the negocio of its Host, else of the default for its kind, else of any that lets
    anybody read (of that kind, where one is given); nobody where there is none.
    """
    directory = await tenancy.directory()
    bound = directory.by_host.get(host) or directory.default_for(kind)
    candidates = [bound] if bound is not None else directory.by_code.values()
    tenants = [tenant for tenant in candidates if tenant.anonymous_read and kind in ("", tenant.kind)]
    if not tenants:
        return NOBODY
    return Principal(user="", holds={tenant.code: Standing.CLIENT for tenant in tenants}, anonymous=True)


async def _of_key(code: str, identity: Identity, tenancy: Tenancy, directory: Directory) -> dict[str, Standing]:
    """The key's negocio and no other, whatever the claims say."""
    tenant = directory.by_code.get(code)
    if tenant is None:
        return {}
    standing = _administered([tenant], identity).get(code, standing_of(identity.role))
    roles = await tenancy.memberships(Person(identity.user, own=False))
    if code in roles:
        standing = max(standing, standing_of(roles[code]))
    return {code: standing}


async def _of_platform(
    identity: Identity, tenancy: Tenancy, directory: Directory, host: str, kind: str
) -> dict[str, Standing]:
    if not identity.own and identity.negocios:
        standing = standing_of(identity.role)
        return {code: standing for code in identity.negocios if code in directory.by_code}
    roles = await tenancy.memberships(Person(identity.user, identity.own))
    holds = {code: standing_of(role) for code, role in roles.items() if code in directory.by_code}
    if identity.own:
        return holds
    holds |= _administered(directory.by_admin.get(identity.user, ()), identity)
    return holds or _of_address(identity, directory, host, kind)


def _administered(tenants: tuple[Tenant, ...] | list[Tenant], identity: Identity) -> Mapping[str, Standing]:
    return {tenant.code: Standing.ADMIN for tenant in tenants if tenant.external_admin_id == identity.user}


def _of_address(identity: Identity, directory: Directory, host: str, kind: str) -> dict[str, Standing]:
    """The negocio of the Host, as a client only: a Host header is the client's own word. DEFAULT_NEGOCIO is ours; all
    of it, where the dialect is not known yet.
    """
    defaults = [directory.default_for(kind)] if kind else directory.defaults()
    bound = directory.by_host.get(host)
    if bound is not None and bound not in defaults:
        return {bound.code: Standing.CLIENT}
    return {tenant.code: standing_of(identity.role) for tenant in defaults if tenant is not None}
