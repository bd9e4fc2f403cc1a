"""Are the figures about people those of the wire?"""

from dashboards.businesses.repairs.models import Person
from dashboards.businesses.repairs.tests.shop import Shop, figure


def test_people_are_counted_by_role_and_technicians_by_activity(shop: Shop, other: Shop) -> None:
    for _ in range(3):
        shop.client()
    shop.technician(), shop.technician(active=False)
    Person.objects.create(negocio=shop.negocio, name="Admin", role="Admin")
    other.client()
    assert figure("users_overview", shop.negocio) == {
        "totalClients": 3, "totalTechnicians": 2, "activeTechnicians": 1,
    }  # fmt: skip
    assert figure("users_count_clients", shop.negocio) == {"count": 3}
    assert figure("users_count_technicians", shop.negocio) == {"count": 2}
    assert figure("users_count_active_technicians", shop.negocio) == {"count": 1}


def test_clients_rank_by_spent_then_orders_then_name(shop: Shop, other: Shop) -> None:
    plan = {
        "Zoe": ["DELIVERED:30.5"], "Yul": ["DELIVERED:10", "READY:99"], "Xio": ["DELIVERED:10"],
        "Bea": ["DELIVERED:10"], "Cal": ["REJECTED:5"], "Dan": ["REJECTED:5"], "Nobody": [],
    }  # fmt: skip
    clients = {}
    for name, orders in plan.items():
        clients[name] = shop.client(name, last_name="Paz", email=f"{name}@example.com", external_id=f"c-{name}")
        for order in orders:
            shop.order(*order.split(":"), client=clients[name])
    other.order("DELIVERED", "1000", client=other.client("Rich"))
    top = figure("users_top_clients", shop.negocio)["topClients"]
    assert top[0] == {
        "id": "c-Zoe", "name": "Zoe Paz", "email": "Zoe@example.com", "totalOrders": 1, "totalSpent": 30.5,
    }  # fmt: skip
    assert [each["id"] for each in top] == ["c-Zoe", "c-Yul", "c-Bea", "c-Xio", "c-Cal"]
    assert [each["totalOrders"] for each in top] == [1, 2, 1, 1, 1]
    assert [each["totalSpent"] for each in top] == [30.5, 10, 10, 10, 0]
    everybody = figure("users_top_clients", shop.negocio, limit=50)["topClients"]
    assert [each["id"] for each in everybody][5:] == ["c-Dan"]


def test_technicians_rank_by_completed_orders_then_revenue_then_name(shop: Shop, other: Shop) -> None:
    service = shop.service()
    technicians = {name: shop.technician(name) for name in ("Eva", "Dan", "Cal", "Bea")}
    technicians["Ada"] = shop.technician("Ada", last_name="Ruiz", specialty="Audio", active=False, external_id="t-1")
    idle = shop.technician("Idle")
    one, two, unfinished = shop.order("DELIVERED"), shop.order("DELIVERED"), shop.order("READY")
    for order, name, sub_total in [
        (one, "Ada", "10.25"), (two, "Ada", "5"), (one, "Bea", "8"), (one, "Cal", "4"), (one, "Cal", "4"),
        (one, "Dan", "9"), (two, "Eva", "1"),
    ]:  # fmt: skip
        shop.detail(order, service, sub_total, technician=technicians[name])
    for technician in (idle, technicians["Eva"]):
        shop.detail(unfinished, service, "500", technician=technician)
    shop.detail(one, service, "77")
    other.detail(other.order("DELIVERED"), other.service(), "1", technician=other.technician("Zed"))
    top = figure("users_top_technicians", shop.negocio)["topTechnicians"]
    assert top[0] == {
        "id": "t-1", "name": "Ada Ruiz", "specialty": "Audio", "completedOrders": 2, "revenue": 15.25,
        "active": False,
    }  # fmt: skip
    assert [(each["name"], each["completedOrders"], each["revenue"]) for each in top[1:]] == [
        ("Dan", 1, 9), ("Bea", 1, 8), ("Cal", 1, 8), ("Eva", 1, 1),
    ]  # fmt: skip
    assert len(figure("users_top_technicians", shop.negocio, limit=2)["topTechnicians"]) == 2
