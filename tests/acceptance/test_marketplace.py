"""Do the marketplaces' clients and back-ends get every row and every error answer of wire.md, section 5?"""

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis.asyncio
from websockets.exceptions import InvalidStatus

from dashboards.businesses.marketplace.models import Client as Customer
from dashboards.businesses.marketplace.models import Order, Product, ProductOrder, Seller
from dashboards.models import Negocio
from notifications import marketplace
from notifications.service_keys import new_key
from realtime.database import in_thread
from tests.acceptance.clients import client, token
from tests.acceptance.cluster import Cluster, Web, free_port
from tests.acceptance.shops import SLOW, BackEnd, Visitor, back_end, error, settled, url, visitor
from tools.testbed.redis_server import redis_server

# By claims; the default one, with a back-end; one whose back-end is away.
CLAIMS, ASKED, AWAY, OTHER = "bazar", "tienda", "sola", "vecina"
PATHS = pytest.mark.parametrize("path", ["/ws", "/ws/marketplace"])
# What isn't told by then isn't told. Seconds.
LATER = 0.7
NOT_AUTHORIZED = error("not authorized")
METADATA = {"order_id": 5, "status": "paid", "action": "updated"}


@pytest.fixture(scope="module")
def shop_back_end() -> Iterator[BackEnd]:
    with back_end() as own:
        yield own


@pytest.fixture(scope="module")
def redis_in() -> Iterator[str]:
    """Of its own: what is published on one is heard in all its databases."""
    with redis_server() as url:
        yield url


@pytest.fixture(scope="module")
def running(cluster: Cluster, shop_back_end: BackEnd, redis_in: str) -> Cluster:
    backends = {AWAY: f"http://127.0.0.1:{free_port()}"}
    for code in (CLAIMS, ASKED, AWAY, OTHER):
        fields = {"hosts": [f"{code}.example"], "backend_url": backends.get(code, "")}
        Negocio.objects.create(code=code, name=code, kind="marketplace", **fields)
    cluster.environment |= {
        "UPDATE_INTERVAL": "600", "ALLOWED_HOSTS": "*", "DEFAULT_NEGOCIO": f"marketplace:{ASKED}",
        "BACKEND_URL": shop_back_end.url, "REDIS_IN_URL": redis_in,
    }  # fmt: skip
    return cluster.start(webs=1, workers=2)


@pytest.fixture(scope="module")
def legacy(running: Cluster) -> Web:
    """Another process, with the old rooms."""
    return running.add_web(MARKETPLACE_LEGACY_ROOMS="true")


@pytest.fixture
def web(running: Cluster) -> Web:
    return running.webs[0]


@pytest.fixture(scope="module")
def key(running: Cluster) -> dict[str, str]:
    return {"Authorization": f"Bearer {new_key(Negocio.objects.get(code=CLAIMS), 'prueba')}"}


# -- Rooms --------------------------------------------------------------------------------------------


@PATHS
async def test_joining_and_leaving_are_said_in_plain_text(web: Web, path: str) -> None:
    async with visitor(web, CLAIMS, path=path) as one:
        assert await one.says("join", "order-123") == "joined order-123"
        assert await one.says("join", "order-123") == "joined order-123"
        assert await one.says("leave", "order-123") == "left order-123"
        assert await one.says("leave", "order-123") == "left order-123"
        assert await one.says("leave", "order-9") == "left order-9"
        await one.socket.quiet(LATER)
        assert len(one.heard) == 5


async def test_a_broadcast_reaches_the_members_alone(web: Web) -> None:
    async with (
        settled(web, CLAIMS) as sender, settled(web, CLAIMS, user="5") as member,
        settled(web, CLAIMS, user="6") as outsider, settled(web, OTHER, user="5") as neighbour,
    ):  # fmt: skip
        for each in (sender, member, neighbour):
            assert await each.says("join", "charla") == "joined charla"
        for body in ({"text": "¿hay?", "n": [1, None]}, "hola", None, 7):
            heard = await sender.says("broadcast", "charla", body=body)
            assert heard.keys() == {"from", "room", "ts", "body"}
            assert (heard["room"], heard["body"]) == ("charla", body)
            assert heard["ts"].endswith("Z")
            assert abs(dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(heard["ts"])) < dt.timedelta(minutes=1)
            await member.hears(heard)
        answer = await member.says("broadcast", "charla", body="sí")
        await sender.hears(answer)
        assert answer["from"] != heard["from"]
        assert await outsider.says("broadcast", "charla", body="intruso") == NOT_AUTHORIZED
        assert await member.says("leave", "charla") == "left charla"
        assert await member.says("broadcast", "charla", body="tarde") == NOT_AUTHORIZED
        await sender.socket.quiet(LATER)
        assert (len(sender.heard), len(member.heard), len(outsider.heard)) == (6, 8, 1)
        assert neighbour.heard == ["joined charla"]


async def test_a_broadcast_with_a_token_is_not_passed_on(web: Web) -> None:
    async with visitor(web, CLAIMS) as one:
        await one.says("join", "charla")
        assert await one.says("broadcast", "charla", body={"token": "secreto"}) == NOT_AUTHORIZED


# -- Errors -------------------------------------------------------------------------------------------

NO_ROOM: list[dict[str, Any]] = [{}, *({"payload": payload} for payload in (None, {}, {"room": 7}, {"room": ""}))]
ERRORS: list[tuple[Any, str]] = [
    ("{nope", "invalid json"),
    ('{"type":"join"} {}', "invalid json"),
    ("[]", "invalid json"),
    ("7", "invalid json"),
    (b"\x00\x01", "invalid json"),
    ({"type": "subscribe", "payload": {}}, "unsupported message type"),
    ({"payload": {"room": "order-123"}}, "unsupported message type"),
    ({"type": None}, "unsupported message type"),
    *(
        ({"type": type, **rest}, f"missing or invalid room for {type}")
        for type in ("join", "leave", "broadcast")
        for rest in NO_ROOM
    ),
    ({"type": "join", "payload": {"room": "order-9"}}, "not authorized"),
    ({"type": "broadcast", "payload": {"room": "order-123", "body": 1}}, "not authorized"),
]


async def test_every_error_has_its_text_and_the_connection_stays(web: Web) -> None:
    async with visitor(web, CLAIMS) as one:
        for frame, text in ERRORS:
            assert await one.sends(frame) == error(text), frame
        assert await one.says("join", "order-123") == "joined order-123"
        await one.socket.quiet(LATER)
        assert len(one.heard) == len(ERRORS) + 1


async def test_a_frame_that_is_too_large_is_said_so_before_the_close(web: Web) -> None:
    async with client(url(web, CLAIMS)) as socket:
        await socket.send({"type": "broadcast", "payload": {"room": "r", "body": "x" * 9_000}})
        assert await socket.closed() == 1009
        assert socket.frames == [error("message too large")]
    async with client(f"{web.ws}/ws/native?token={token(CLAIMS)}") as other:
        await other.send("x" * 9_000)
        assert await other.closed() == 1009
        assert other.frames == []


@pytest.mark.parametrize(
    ("path", "host"), [("/ws/marketplace", "localhost"), ("/ws", f"{CLAIMS}.example"), ("/", f"{CLAIMS}.example")]
)
@pytest.mark.parametrize("query", ["", "?token=", "?token=nope"])
async def test_who_is_not_let_in_is_told_in_its_words(web: Web, path: str, host: str, query: str) -> None:
    if not query and path != "/ws/marketplace":
        return  # another dialect may authenticate in band
    with pytest.raises(InvalidStatus) as refused:
        async with client(f"{web.ws}{path}{query}", {"Host": host}):
            pass
    assert (refused.value.response.status_code, refused.value.response.body) == (401, b"unauthorized")


# -- Who may join -------------------------------------------------------------------------------------

JOINING: list[tuple[str, set[str], set[str]]] = [
    # room, who may join by claims, who could before
    ("order-123", {"client", "admin"}, {"client", "seller", "admin"}),
    ("order-9", {"admin"}, {"client", "seller", "admin"}),
    ("seller-9", {"seller", "admin"}, {"seller", "admin"}),
    ("seller-7", {"admin"}, {"seller", "admin"}),
    ("client-123", {"client", "admin"}, {"client", "seller", "admin"}),
    ("user-123", {"client", "admin"}, {"client", "seller", "admin"}),
    ("user-9", {"admin"}, {"client", "seller", "admin"}),
    ("admins", {"admin"}, {"client", "seller", "admin"}),
    ("admin", {"admin"}, {"client", "seller", "admin"}),
    ("sellers", {"seller"}, {"client", "seller", "admin"}),
    ("clients", {"client"}, {"client", "seller", "admin"}),
    ("broadcast", {"client", "seller", "admin"}, {"client", "seller", "admin"}),
    ("ofertas", {"client", "seller", "admin"}, {"client", "seller", "admin"}),
]


@pytest.mark.parametrize("role", ["client", "seller", "admin"])
async def test_claims_decide_who_joins_strictly_or_as_before(web: Web, legacy: Web, role: str) -> None:
    async with visitor(web, CLAIMS, role) as now, visitor(legacy, CLAIMS, role) as before:
        for room, strictly, loosely in JOINING:
            for who, allowed in ((now, role in strictly), (before, role in loosely)):
                assert await who.says("join", room) == (f"joined {room}" if allowed else NOT_AUTHORIZED), room


async def test_a_back_end_decides_where_there_is_one(web: Web, shop_back_end: BackEnd) -> None:
    user = "u 1&user_id=2"
    shop_back_end.answers = {
        "/orders/123/can_access?user_id=u+1%26user_id%3D2": (200, {"allowed": True}),
        "/orders/a%2Fb/can_access?user_id=u+1%26user_id%3D2": (200, {"allowed": True}),
        "/sellers/9/can_access?user_id=u+1%26user_id%3D2": (404, {"allowed": True}),
        "/ws/can_join?room=ofertas&user_id=u+1%26user_id%3D2": (200, {"allowed": True}),
    }
    asked = len(shop_back_end.asked)
    async with visitor(web, ASKED, user=user) as one:
        assert await one.says("join", "order-123") == "joined order-123"
        assert await one.says("join", "order-a/b") == "joined order-a/b"
        assert await one.says("join", "order-124") == NOT_AUTHORIZED
        assert await one.says("join", "seller-9") == NOT_AUTHORIZED
        assert await one.says("join", "ofertas") == "joined ofertas"
        assert (await one.says("broadcast", "ofertas", body=1))["body"] == 1
        assert await one.says("leave", "ofertas") == "left ofertas"
        assert await one.says("join", "ofertas") == "joined ofertas"
        assert await one.says("join", "order-124") == NOT_AUTHORIZED
    assert shop_back_end.asked[asked:] == [
        "/orders/123/can_access?user_id=u+1%26user_id%3D2",
        "/orders/a%2Fb/can_access?user_id=u+1%26user_id%3D2",
        "/orders/124/can_access?user_id=u+1%26user_id%3D2",
        "/sellers/9/can_access?user_id=u+1%26user_id%3D2",
        "/ws/can_join?room=ofertas&user_id=u+1%26user_id%3D2",
    ]


async def test_a_roles_own_rooms_need_no_asking(web: Web, shop_back_end: BackEnd) -> None:
    asked = len(shop_back_end.asked)
    async with settled(web, ASKED, "seller") as one:
        await in_thread(marketplace.broadcast, "seller-9", "aviso", {"n": 1}, ASKED)
        await one.hears({"event": "aviso", "data": {"n": 1}, "to": "seller-9"})
    assert len(shop_back_end.asked) == asked


async def test_a_back_end_that_is_away_is_a_server_error_at_once(web: Web) -> None:
    async with visitor(web, AWAY, "admin") as one:
        for n in range(8):
            assert await one.says("join", f"order-{n}") == error("server error")


async def test_a_back_end_that_is_slow_holds_up_nobody_else(web: Web) -> None:
    async with visitor(web, ASKED, user="5") as waiting, visitor(web, CLAIMS) as other:
        before = asyncio.get_running_loop().time()
        patient = asyncio.create_task(waiting.says("join", SLOW))
        await asyncio.sleep(0.1)
        assert await other.says("join", "order-123") == "joined order-123"
        assert asyncio.get_running_loop().time() - before < 2
        assert await patient == error("server error")
        assert 2.5 < asyncio.get_running_loop().time() - before < 5


# -- What is told -------------------------------------------------------------------------------------


def place_order(code: str, **fields: Any) -> Order:
    """An order of client 3 for a product of seller 9."""
    negocio = Negocio.objects.get(code=code)
    seller, _ = Seller.objects.get_or_create(negocio=negocio, external_id=9, defaults={"name": "Ana"})
    customer, _ = Customer.objects.get_or_create(negocio=negocio, external_id=3, defaults={"name": "Luz"})
    product, _ = Product.objects.get_or_create(negocio=negocio, seller=seller, defaults={"name": "Queso", "stock": 9})
    order = Order.objects.create(negocio=negocio, client=customer, external_id=123, total_amount=15.5, **fields)
    ProductOrder.objects.create(negocio=negocio, order=order, product=product, quantity=1, price=15.5)
    return order


@PATHS
async def test_who_says_nothing_gets_the_feed_of_its_role(web: Web, path: str) -> None:
    async with visitor(web, CLAIMS, "admin", path=path) as admin, visitor(web, CLAIMS, "seller", path=path) as seller:
        async with visitor(web, CLAIMS, "client", path=path) as buyer:
            await asyncio.sleep(LATER)
            order = await in_thread(place_order, CLAIMS, status="pending")
            for each, kind in ((admin, "ADMIN_STATS_UPDATED"), (seller, "SELLER_STATS_UPDATED")):
                await each.socket.wait_until(lambda each=each, kind=kind: kind in types(each))  # type: ignore[misc]
            await buyer.socket.quiet(LATER)
            assert buyer.heard == []
        feed = next(frame for frame in admin.heard if frame.get("type") == "ADMIN_STATS_UPDATED")
        metadata = {"order_id": 123, "status": "pending", "action": "created"}
        assert feed == {"type": "ADMIN_STATS_UPDATED", "timestamp": feed["timestamp"], "metadata": metadata}
        assert dt.datetime.fromisoformat(feed["timestamp"]).tzinfo is not None
        feed = next(frame for frame in seller.heard if frame.get("type") == "SELLER_STATS_UPDATED")
        assert (feed["seller_id"], feed["metadata"]) == ("9", metadata)
        assert feed.keys() == {"type", "seller_id", "timestamp", "metadata"}
    await in_thread(order.delete)


def types(who: Visitor) -> list[Any]:
    return [frame.get("type") or frame.get("event") for frame in who.heard if isinstance(frame, dict)]


async def test_a_client_that_is_in_several_rooms_of_an_event_gets_it_once(web: Web) -> None:
    async with settled(web, CLAIMS, user="123", id_client=3) as buyer, settled(web, CLAIMS, "admin") as admin:
        assert await buyer.says("join", "order-123") == "joined order-123"
        order = await in_thread(place_order, CLAIMS, status="pending")
        await buyer.socket.wait_until(lambda: "order_created" in types(buyer))
        await in_thread(lambda: Order.objects.filter(pk=order.pk).update(status="paid"))
        await buyer.socket.wait_until(lambda: "order_updated" in types(buyer))
        await buyer.socket.quiet(LATER)
        created, updated = buyer.heard[1:]
        assert (created["event"], created["to"], created["data"]["total_amount"]) == (
            "order_created",
            "order-123",
            15.5,
        )
        assert (updated["event"], updated["to"], updated["data"]["status"]) == ("order_updated", "order-123", "paid")
        assert updated["data"].keys() == {"order_id", "status", "total_amount", "order_date"}
        assert "order_updated" not in types(admin)
    await in_thread(order.delete)


NOTIFIED: list[tuple[dict[str, Any], str, set[str]]] = [
    ({"room": "seller-9"}, "seller-9", {"seller"}),
    ({"room": "clients"}, "clients", {"client"}),
    ({"room": "admins"}, "admins", {"admin"}),
    ({"room": "client-123"}, "client-123", {"client"}),
    ({"room": "user-8"}, "user-8", {"seller"}),
    ({"user_id": 123}, "123", {"client"}),
    ({"user_id": "8", "room": ""}, "8", {"seller"}),
    ({"user_id": 123, "room": "sellers"}, "sellers", {"seller"}),
    ({"room": "broadcast"}, "broadcast", {"client", "seller", "admin"}),
]


async def test_what_a_back_end_notifies_reaches_whom_it_concerns(web: Web, key: dict[str, str]) -> None:
    anything: list[Any] = [{"order_id": 1, "total": 1.5}, [1, None], "texto", None, 0]
    async with (
        settled(web, CLAIMS) as buyer, settled(web, CLAIMS, "seller") as seller, settled(web, CLAIMS, "admin") as admin,
        settled(web, OTHER, "admin") as neighbour, httpx.AsyncClient(base_url=web.http, headers=key) as http,
    ):  # fmt: skip
        people = {"client": buyer, "seller": seller, "admin": admin}
        expected: dict[str, list[Any]] = {role: [] for role in people}
        for n, (target, to, hearers) in enumerate(NOTIFIED):
            data = anything[n % len(anything)]
            answer = await http.post("/api/notify", json={"event": f"e{n}", "data": data} | target)
            assert (answer.status_code, answer.json()) == (200, {"status": "success", "message": "Notification sent"})
            for role in hearers:
                expected[role].append({"event": f"e{n}", "data": data, "to": to})
        for role, who in people.items():
            await who.hears(expected[role][-1])
        await buyer.socket.quiet(LATER)
        assert {role: who.heard for role, who in people.items()} == expected
        assert neighbour.heard == []


async def test_code_in_this_process_tells_too(web: Web) -> None:
    async with settled(web, CLAIMS) as buyer:
        await in_thread(marketplace.send_order_update, 123, {"order_id": 5}, CLAIMS)
        await buyer.hears({"event": "order_updated", "data": {"order_id": 5}, "to": "123"})
        await in_thread(marketplace.send_product_update, "client-123", {"product_id": 5}, CLAIMS)
        await buyer.hears({"event": "product_updated", "data": {"product_id": 5}, "to": "client-123"})
        await buyer.socket.quiet(LATER)
        assert len(buyer.heard) == 2


async def test_new_clients_join_the_same_rooms_by_topic(web: Web) -> None:
    async with client(f"{web.ws}/ws/native?token={token(CLAIMS, user='123', role='client')}") as socket:
        for topic in ("room.order-123", "room:order-9", "room:" + "o" * 200, "room.a\0"):
            await socket.send({"v": 1, "type": "subscribe", "id": topic, "topic": topic})
        joined, *refused = (await socket.wait_for(4))[:4]
        assert (joined["id"], joined["type"]) == ("room.order-123", "subscribed")
        assert {frame["type"] for frame in refused} == {"error"}
        await in_thread(marketplace.broadcast, "order-123", "aviso", {"n": 1}, CLAIMS)
        event = (await socket.wait_for(5))[4]
        assert (event["room"], event["type"], event["data"]) == (joined["room"], "aviso", {"n": 1})


# -- Redis in -----------------------------------------------------------------------------------------


async def test_what_back_ends_publish_on_redis_is_told_once(web: Web, redis_in: str) -> None:
    async with (
        settled(web, ASKED) as buyer, settled(web, ASKED, "seller") as seller, settled(web, ASKED, "admin") as admin,
        settled(web, CLAIMS, "admin") as neighbour, redis.asyncio.from_url(redis_in) as publisher,
    ):  # fmt: skip

        async def publish(channel: str, document: Any) -> None:
            text = document if isinstance(document, str) else json.dumps(document)
            assert await publisher.publish(channel, text) == 1, "one process listens"

        async with asyncio.timeout(20):
            while not await publisher.publish("ws:room:nadie", "{nope"):
                await asyncio.sleep(0.1)
        at = "2025-11-10T15:30:00Z"
        await publish(
            "ws:room:client-123", {"event": "order_updated", "data": [1], "to": "client-123", "timestamp": at}
        )
        await publish("ws:room:user-123", {"event": "new_message", "data": {}, "to": "123", "timestamp": at})
        for bad in ("{nope", "[]", '{"data":{}}', '{"event":7}'):
            await publish("ws:room:client-123", bad)
        await publish("events", {"type": "OTHER"})
        await publish("events", {"type": "ADMIN_STATS_UPDATED", "timestamp": at, "metadata": METADATA})
        await publish("events", {"type": "SELLER_STATS_UPDATED", "seller_id": 9, "timestamp": at, "metadata": METADATA})
        await publish("ws:room:broadcast", {"event": "fin", "data": None, "to": "broadcast", "timestamp": at})
        end = {"event": "fin", "data": None, "to": "broadcast"}
        for each in (buyer, seller, admin):
            await each.hears(end)
        await buyer.socket.quiet(LATER)
        stamp = "2025-11-10T15:30:00.000Z"
        assert buyer.heard == [
            {"event": "order_updated", "data": [1], "to": "client-123"},
            {"event": "new_message", "data": {}, "to": "123"},
            end,
        ]
        feed = {"timestamp": stamp, "metadata": METADATA}
        assert admin.heard == [{"type": "ADMIN_STATS_UPDATED"} | feed, end]
        assert seller.heard == [{"type": "SELLER_STATS_UPDATED", "seller_id": "9"} | feed, end]
        assert neighbour.heard == []


# -- Who is there -------------------------------------------------------------------------------------


async def test_staff_sees_who_is_in_which_room_of_every_process(web: Web, legacy: Web, key: dict[str, str]) -> None:
    async with (
        settled(web, CLAIMS) as one, settled(legacy, CLAIMS, user="124") as two, settled(web, OTHER),
        httpx.AsyncClient(base_url=web.http) as http,
    ):  # fmt: skip
        for each in (one, two):
            assert await each.says("join", "charla") == "joined charla"
        admin = {"Authorization": f"Bearer {token(CLAIMS)}"}
        for headers in (key, admin):
            answer = await http.get("/admin/clients", headers=headers)
            assert answer.status_code == 200
            count = answer.json()
            assert count["clients"] == 2
            assert count["rooms"] == {
                "broadcast": 2, "charla": 2, "clients": 2, "client-123": 1, "client-124": 1, "user-123": 1,
                "user-124": 1, "user:123": 1, "user:124": 1,
            }  # fmt: skip
        assert (await http.get("/admin/clients?negocio=vecina", headers=key)).status_code == 403
        buyer = {"Authorization": f"Bearer {token(CLAIMS, role='client')}"}
        assert (await http.get("/admin/clients", headers=buyer)).status_code == 403
        assert (await http.get("/admin/clients")).status_code == 401
        assert (await http.post("/admin/clients", headers=key)).status_code == 405
