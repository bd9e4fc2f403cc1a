"""Do the shop's tables keep what they promise?"""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError

from dashboards.businesses.repairs.models import Client, Person, RepairOrder, RepairOrderDetail, Technician
from dashboards.businesses.repairs.tests.shop import Shop


def test_saving_as_client_or_technician_gives_the_role(shop: Shop) -> None:
    client, technician = shop.client(), shop.technician()
    assert list(Client.objects.all()) == [client]
    assert list(Technician.objects.all()) == [technician]
    assert list(Person.objects.order_by("pk").values_list("role", flat=True)) == ["User", "Technician"]


def test_a_row_that_links_to_another_negocio_is_not_clean(shop: Shop, other: Shop) -> None:
    order = shop.order(client=other.client())
    with pytest.raises(ValidationError, match="otro negocio") as raised:
        order.full_clean()
    assert set(raised.value.message_dict) == {"client"}
    with pytest.raises(ValidationError) as raised:
        shop.detail(other.order(), shop.service(), technician=other.technician()).full_clean()
    assert set(raised.value.message_dict) == {"order", "technician"}


def test_a_row_within_its_negocio_is_clean(shop: Shop) -> None:
    order = shop.order(client=shop.client(), problem_description="x")
    order.full_clean()
    shop.detail(order, shop.service(), technician=shop.technician()).full_clean()
    shop.part(order).full_clean()


def test_an_external_id_is_unique_within_its_negocio_and_optional(shop: Shop, other: Shop) -> None:
    shop.order(external_id="1"), other.order(external_id="1"), shop.order(), shop.order()
    with pytest.raises(IntegrityError), transaction.atomic():
        shop.order(external_id="1")


@pytest.mark.parametrize(("model", "values"), [(RepairOrder, {"status": "LOST"}), (Person, {"role": "Boss"})])
def test_what_the_wire_does_not_know_is_refused_from_every_writer(shop: Shop, model: Any, values: Any) -> None:
    shop.order(client=shop.client())
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**values)


def test_another_program_needs_to_name_what_has_no_default_only(shop: Shop) -> None:
    equipment = shop.equipment()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO repairs_order (negocio_id, equipment_id) VALUES (%s, %s)",
                       [shop.negocio.pk, equipment.pk])  # fmt: skip
        cursor.execute("INSERT INTO repairs_person (negocio_id, name) VALUES (%s, 'Ana')", [shop.negocio.pk])
    order = RepairOrder.objects.get()
    assert (order.status, order.final_cost, order.delivered_at) == ("IN_REVIEW", Decimal(0), None)
    assert Person.objects.get().role == "User"


def test_delivery_is_stamped_and_taken_back(shop: Shop) -> None:
    order = shop.order()
    order.status = "DELIVERED"
    order.save(update_fields=["status"])
    order.refresh_from_db()
    first = order.delivered_at
    assert first is not None
    order.save()
    assert order.delivered_at == first
    order.status = "IN_REPAIR"
    order.save()
    order.refresh_from_db()
    assert order.delivered_at is None


def test_history_keeps_its_equipment_but_outlives_people(shop: Shop) -> None:
    order = shop.order(client=shop.client())
    shop.detail(order, shop.service(), technician=shop.technician())
    with pytest.raises(RestrictedError):
        order.equipment.delete()
    Person.objects.all().delete()
    order.refresh_from_db()
    assert order.client is None
    assert RepairOrderDetail.objects.get().technician is None


def test_a_negocio_goes_with_all_its_rows(shop: Shop, other: Shop) -> None:
    for each in (shop, other):
        order = each.order(client=each.client())
        each.detail(order, each.service(), technician=each.technician()), each.part(order)
    shop.negocio.delete()
    assert [order.negocio for order in RepairOrder.objects.all()] == [other.negocio]
