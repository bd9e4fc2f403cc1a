"""What do the rows of wire.md look like, literally? The tables of test_wire_rows.py, and the negocios of its tests."""

import datetime as dt
import zoneinfo
from typing import Any

from django.contrib.auth import get_user_model

from dashboards.businesses.citas.models import Cita
from dashboards.businesses.repairs.tests.shop import MORNING, Shop
from dashboards.models import Membership, Negocio, NegocioKey
from tests.acceptance.lots import midday_zone

KINDS = {"cola": "citas", "lote": "parking", "viajes": "tourism", "taller": "repairs", "tienda": "marketplace"}
SECRET = "the secret with which the queue's own back-end signs"
USER, PASSWORD = "ana", "una-clave-larga"


def open_negocios() -> None:
    """One of each kind, with its Host; the queue has a key and an administrator of its own, the shop a member."""
    for code, kind in KINDS.items():
        Negocio.objects.create(
            code=code, name=code, kind=kind, time_zone=midday_zone(), hosts=[f"{code}.example"],
            external_admin_id="la-duena" if code == "cola" else "",
        )  # fmt: skip
    NegocioKey.objects.create(negocio=Negocio.objects.get(code="cola"), secret=SECRET)
    Membership.objects.create(negocio=Negocio.objects.get(code="taller"), external_user_id="socia", role="admin")
    user = get_user_model().objects.create_user(USER, password=PASSWORD, first_name="Ana", last_name="Lara")
    Membership.objects.create(negocio=Negocio.objects.get(code="viajes"), user=user, role="staff")
    fill_queue()
    fill_shop()


# -- 1 ------------------------------------------------------------------------------------------------

QUEUE = {"totalCitas": 8, "citasHoy": 7, "citasCompletadas": 2, "citasCanceladas": 1}
QUEUE_SNAKE = {"total_citas": 8, "citas_hoy": 7, "citas_completadas": 2, "citas_canceladas": 1}


def fill_queue() -> None:
    """A cita of each estado today, and one tomorrow."""
    queue = Negocio.objects.get(code="cola")
    today = dt.datetime.now(zoneinfo.ZoneInfo(queue.time_zone)).date()
    estados = ("pendiente", "confirmada", "en_atencion", "atendida", "completada", "cancelada", "no_asistio")
    for estado in estados:
        Cita.objects.create(negocio=queue, fecha=today, hora_inicio=dt.time(9), estado=estado)
    Cita.objects.create(negocio=queue, fecha=today + dt.timedelta(days=1), hora_inicio=dt.time(9))


# -- 3 ------------------------------------------------------------------------------------------------

TYPES = (
    *(
        f"{thing}_{done}"
        for thing in ("tour", "servicio", "destino", "guia")
        for done in ("creado", "actualizado", "eliminado")
    ),
    "usuario_registrado", "usuario_inicio_sesion", "reserva_creada", "reserva_actualizada", "reserva_cancelada",
    "servicio_contratado", "recomendacion_creada", "promocion", "sistema", "sistema_actualizado", "test", "error",
    "payment_confirmation", "tour_purchased", "reserva_confirmada", "partner_notification", "reservation_update",
    "system_message", "algo_que_nadie_conoce",
)  # fmt: skip
# Event -> the keys of its data.
TOLD = {
    "usuario_registrado": "userId nombre email rol",
    "destino_creado": "destinoId nombre pais estado",
    "guia_creado": "guiaId nombre especialidad idiomas",
    "tour_creado": "tourId nombre destino precio",
    "servicio_creado": "servicioId nombre tipo precio",
    "reserva_creada": "reservaId tourId tourNombre usuarioId usuarioNombre fecha personas monto",
    "servicio_contratado": "contratacionId servicioId servicioNombre usuarioId usuarioNombre precio",
    "recomendacion_creada": "recomendacionId titulo usuarioId usuarioNombre calificacion tipoRecomendacion "
    "nombreReferencia",
    "usuario_inicio_sesion": "userId nombre rol",
}


# -- 4 ------------------------------------------------------------------------------------------------

CREATED = ["orders_overview", "orders_by_status", "orders_recent", "orders_count_total", "orders_count_active"]
FULL = [
    "orders_overview", "orders_revenue", "orders_by_status", "orders_recent", "orders_top_services",
    "users_overview", "users_top_clients", "users_top_technicians",
]  # fmt: skip
_DELIVERED = {
    "id": "R-1", "problemDescription": "No enciende", "status": "DELIVERED", "clientName": "Ana Torres",
    "equipmentName": "Laptop HP", "createdAt": "2025-11-10T10:30:00Z", "finalCost": 15.5,
}  # fmt: skip
_WAITING = {
    "id": "R-2", "problemDescription": "Pantalla rota", "status": "WAITING_PARTS", "clientName": "Ana Torres",
    "equipmentName": "Laptop HP", "createdAt": "2025-11-10T10:31:00Z", "finalCost": 0,
}  # fmt: skip
# Path -> what it says of the shop.
REST: dict[str, Any] = {
    "/repair-orders/stats/overview": {
        "totalOrders": 2, "activeOrders": 1, "rejectedOrders": 0, "completedOrders": 1,
    },
    "/repair-orders/stats/revenue": {"totalRevenue": 15.5, "averageCost": 15.5, "completedOrdersCount": 1},
    "/repair-orders/stats/by-status": {
        "ordersByStatus": [
            {"status": "IN_REVIEW", "count": 0}, {"status": "WAITING_APPROVAL", "count": 0},
            {"status": "REJECTED", "count": 0}, {"status": "IN_REPAIR", "count": 0},
            {"status": "WAITING_PARTS", "count": 1}, {"status": "READY", "count": 0},
            {"status": "DELIVERED", "count": 1},
        ]
    },
    "/repair-orders/stats/recent": {"recentOrders": [_WAITING, _DELIVERED]},
    "/repair-orders/stats/recent?limit=1": {"recentOrders": [_WAITING]},
    "/repair-orders/stats/top-services": {
        "topServices": [
            {"serviceName": "Limpieza", "count": 2, "revenue": 7.25},
            {"serviceName": "Pantalla", "count": 1, "revenue": 0},
        ]
    },
    "/repair-orders/stats/top-services?limit=1": {
        "topServices": [{"serviceName": "Limpieza", "count": 2, "revenue": 7.25}]
    },
    "/repair-orders/stats/count/total": {"count": 2},
    "/repair-orders/stats/count/active": {"count": 1},
    "/repair-orders/stats/revenue/total": {"revenue": 15.5},
    "/users/stats/overview": {"totalClients": 1, "totalTechnicians": 2, "activeTechnicians": 1},
    "/users/stats/top-clients": {
        "topClients": [
            {"id": "c-1", "name": "Ana Torres", "email": "ana@example.com", "totalOrders": 2, "totalSpent": 15.5}
        ]
    },
    "/users/stats/top-technicians": {
        "topTechnicians": [
            {
                "id": "t-1", "name": "Beto Ruiz", "specialty": "Audio", "completedOrders": 1, "revenue": 7.25,
                "active": True,
            }
        ]
    },
    "/users/stats/count/clients": {"count": 1},
    "/users/stats/count/technicians": {"count": 2},
    "/users/stats/count/active-technicians": {"count": 1},
}  # fmt: skip


def fill_shop() -> None:
    """What REST says."""
    shop = Shop(Negocio.objects.get(code="taller"))
    ana = shop.client("Ana", last_name="Torres", email="ana@example.com", external_id="c-1")
    beto = shop.technician("Beto", last_name="Ruiz", specialty="Audio", external_id="t-1")
    shop.technician("Eva", active=False)
    laptop, cleaning, screen = shop.equipment("Laptop HP"), shop.service("Limpieza"), shop.service("Pantalla")
    first = shop.order(
        "DELIVERED", "15.50", external_id="R-1", client=ana, equipment=laptop, problem_description="No enciende",
        created_at=MORNING,
    )  # fmt: skip
    second = shop.order(
        "WAITING_PARTS", external_id="R-2", client=ana, equipment=laptop, problem_description="Pantalla rota",
        created_at=MORNING + dt.timedelta(minutes=1),
    )  # fmt: skip
    shop.detail(first, cleaning, "7.25", technician=beto)
    shop.detail(second, cleaning, "3", technician=beto)
    shop.detail(second, screen, "50")


# -- HTTP in ------------------------------------------------------------------------------------------

SENT = {"status": "success", "message": "Notificación enviada a todos los clientes"}
NOTIFIED = {"status": "success", "message": "Notification sent"}
DASHBOARD = (
    '{"event":"DASHBOARD_UPDATE","type":"REPAIR_ORDER_CREATED","resourceId":"b0b5","timestamp":"2025-11-10T10:30:00Z"}'
)

NEEDED, NOT_YOURS = {"error": "a service key or token is needed"}, {"error": "not for this negocio"}
# Whose key, method, path, body, status, and the answer as it is, or parsed where it is JSON.
HTTP: list[tuple[str, str, str, str, int, Any]] = [
    ("cola", "POST", "/notify/cita", '{"negocio_id":"cola","action":"created"}', 200, "Notification processed"),
    ("cola", "POST", "/notify/cita", '{"negocio_id":"cola","action":"updated"}', 200, "Notification processed"),
    ("cola", "POST", "/notify/cita", '{"negocio_id":"cola","action":"deleted"}', 200, "Notification processed"),
    ("cola", "POST", "/notify/cita", '{"negocio_id":"cola","action":"status_changed"}', 200, "Notification processed"),
    ("cola", "GET", "/notify/cita", "", 405, "Method not allowed"),
    ("cola", "PUT", "/notify/cita", "{}", 405, "Method not allowed"),
    ("cola", "POST", "/notify/cita", "{nope", 400, "Invalid request body"),
    ("cola", "POST", "/notify/cita", "[]", 400, "Invalid request body"),
    ("cola", "POST", "/notify/cita", "", 400, "Invalid request body"),
    ("cola", "POST", "/notify/cita", "{}", 400, "negocio_id is required"),
    ("cola", "POST", "/notify/cita", '{"negocio_id":""}', 400, "negocio_id is required"),
    ("cola", "POST", "/notify/cita", '{"negocio_id":"lote"}', 403, NOT_YOURS),
    ("", "POST", "/notify/cita", '{"negocio_id":"cola"}', 401, NEEDED),
    ("viajes", "POST", "/notify", '{"type":"test","message":"m","data":{},"timestamp":"2025-11-10T10:30:00Z"}', 200,
     SENT),
    ("viajes", "POST", "/notify", '{"type":"test","message":"m","data":null}', 200, SENT),
    ("viajes", "POST", "/notify", '{"type":"test","message":"m"}', 200, SENT),
    ("viajes", "GET", "/notify", "", 405, "Método no permitido"),
    ("viajes", "DELETE", "/notify", "", 405, "Método no permitido"),
    ("viajes", "POST", "/notify", "{nope", 400, "JSON inválido"),
    ("viajes", "POST", "/notify", '"texto"', 400, "JSON inválido"),
    ("viajes", "POST", "/notify", '{"message":"m"}', 400, "Campos 'type' y 'message' son requeridos"),
    ("viajes", "POST", "/notify", '{"type":"test","message":""}', 400, "Campos 'type' y 'message' son requeridos"),
    ("viajes", "POST", "/notify", '{"type":"test","message":"m","data":[]}', 400, "JSON inválido"),
    ("viajes", "POST", "/notify", '{"type":"test","message":"m","data":"x"}', 400, "JSON inválido"),
    ("", "POST", "/notify", '{"type":"test","message":"m"}', 401, NEEDED),
    ("taller", "POST", "/notify", DASHBOARD, 200, "Notificación recibida: REPAIR_ORDER_CREATED"),
    ("taller", "POST", "/notify", '{"event":"DASHBOARD_UPDATE"}', 200, "Notificación recibida: DASHBOARD_FULL_UPDATE"),
    ("taller", "POST", "/notify", "{}", 200, "Notificación recibida: DASHBOARD_FULL_UPDATE"),
    ("taller", "POST", "/notify", "{nope", 400, "JSON inválido"),
    ("taller", "GET", "/notify", "", 405, "Método no permitido"),
    # Of another kind: what it looks like.
    ("cola", "POST", "/notify", DASHBOARD, 200, "Notificación recibida: REPAIR_ORDER_CREATED"),
    ("cola", "POST", "/notify", '{"resourceId":"b0b5","type":"X"}', 200, "Notificación recibida: X"),
    ("cola", "POST", "/notify", '{"type":"test","message":"m"}', 200, SENT),
    ("tienda", "POST", "/api/notify", '{"event":"order_created","data":{"order_id":1},"room":"order-1"}', 200,
     NOTIFIED),
    ("tienda", "POST", "/api/notify", '{"event":"order_created","data":[1],"user_id":7}', 200, NOTIFIED),
    ("tienda", "POST", "/api/notify", '{"event":"new_message","data":"hola","room":"broadcast"}', 200, NOTIFIED),
    ("tienda", "GET", "/api/notify", "", 405, "Method not allowed"),
    ("tienda", "POST", "/api/notify", "{nope", 400, "Invalid request body"),
    ("tienda", "POST", "/api/notify", '{"event":"order_created","data":{}}', 400, "Must specify user_id or room"),
    ("cola", "POST", "/api/notify", '{"event":"e","data":{},"room":"r"}', 403, NOT_YOURS),
    ("", "POST", "/api/notify", '{"event":"e","data":{},"room":"r"}', 401, NEEDED),
    ("lote", "POST", "/api/publish", '{"type":"aviso","data":{}}', 200, {"results": [{"status": "stored"}]}),
    ("lote", "POST", "/api/publish", '[{"type":"a","data":{}},{"type":"b","data":{}}]', 200,
     {"results": [{"status": "stored"}, {"status": "stored"}]}),
    ("", "POST", "/api/publish", '{"type":"aviso","data":{}}', 401, NEEDED),
    ("cola", "POST", "/api/publish", '{"negocio":"lote","type":"aviso","data":{}}', 403, NOT_YOURS),
]  # fmt: skip
