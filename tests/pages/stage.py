"""Who and what is there before a page is opened? Run in a process of its own, with the database of the server."""

from django.contrib.auth import get_user_model

from dashboards.businesses.repairs.models import Client, Equipment, RepairOrder
from dashboards.models import Membership, Negocio

PASSWORD = "una-clave-larga"
BARBERIA, TALLER = "barberia", "taller"
# Who -> of which negocio, as what.
MEMBERS = {
    "ana": (BARBERIA, Membership.Role.ADMIN),
    "eva": (BARBERIA, Membership.Role.CLIENT),
    "beto": (TALLER, Membership.Role.STAFF),
}
PLATFORM_ADMIN = "jefa"


def set_stage() -> None:
    """People an empty database."""
    negocios = {
        code: Negocio.objects.create(code=code, name=name, kind=kind, time_zone="America/Guayaquil")
        for code, name, kind in ((BARBERIA, "Barbería Sol", "citas"), (TALLER, "Taller Luna", "repairs"))
    }
    users = get_user_model().objects
    for name, (code, role) in MEMBERS.items():
        user = users.create_user(name, password=PASSWORD)
        Membership.objects.create(negocio=negocios[code], user=user, role=role)
    users.create_superuser(PLATFORM_ADMIN, password=PASSWORD)
    taller = negocios[TALLER]
    client = Client.objects.create(negocio=taller, name="Rosa", last_name="Mora")
    equipment = Equipment.objects.create(negocio=taller, name="Radio", client=client)
    RepairOrder.objects.create(
        negocio=taller, equipment=equipment, client=client, problem_description="No suena",
        status=RepairOrder.Status.DELIVERED, final_cost="1234.50",
    )  # fmt: skip
