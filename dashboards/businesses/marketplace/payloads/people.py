"""What is said of an administrator, a seller, a client?"""

from dataclasses import dataclass
from typing import Any, Self

from django.contrib.auth.models import AbstractUser

from dashboards.businesses.marketplace.instants import instant
from dashboards.businesses.marketplace.models import Client, Seller
from dashboards.businesses.marketplace.payloads.document import Payload


@dataclass(frozen=True, slots=True)
class AdminPayload(Payload):
    """One who runs the marketplace: a user of ours."""

    id_admin: int
    admin_name: str
    admin_email: str
    role: str
    created_at: str

    @classmethod
    def of(cls, user: AbstractUser, role: str = "admin") -> Self:
        return cls(user.pk, user.get_full_name() or user.username, user.email, role, instant(user.date_joined))


@dataclass(frozen=True, slots=True)
class SellerPayload(Payload):
    id_seller: int
    seller_name: str
    seller_email: str
    phone: str
    bussines_name: str  # as the old system spells it
    location: str
    created_at: str

    @classmethod
    def of(cls, seller: Seller) -> Self:
        return cls(
            seller.wire_id, seller.name, seller.email, seller.phone,
            seller.business_name, seller.location, instant(seller.created_at),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClientPayload(Payload):
    id_client: int
    client_name: str
    client_email: str
    address: str
    created_at: str
    phone: str | None = None
    document_type: str | None = None
    document_number: str | None = None
    birth_date: str | None = None
    avatar_url: str | None = None
    additional_addresses: Any = None

    @classmethod
    def of(cls, client: Client) -> Self:
        return cls(
            client.wire_id, client.name, client.email, client.address, instant(client.created_at),
            phone=client.phone or None,
            document_type=client.document_type or None,
            document_number=client.document_number or None,
            birth_date=None if client.birth_date is None else client.birth_date.isoformat(),
            avatar_url=client.avatar_url or None,
            additional_addresses=client.additional_addresses,
        )  # fmt: skip
