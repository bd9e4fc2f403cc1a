"""How does a test get a team's own API? A small real server, whose answers the test chooses."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class TeamsApi:
    """What it answers: path -> document, or bytes as they are; `status`, `delay` (seconds) and `headers` by path."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.status: dict[str, int] = {}
        self.delay: dict[str, float] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition("?")[0]
        self.asked.append((handler.path, handler.headers["Authorization"]))
        time.sleep(self.delay.get(path, 0))
        document = self.answers.get(path)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        handler.send_response(self.status.get(path, 200 if path in self.answers else 404))
        for name, value in {"Content-Length": str(len(body)), **self.headers.get(path, {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def teams_api(answers: Mapping[str, Any]) -> Iterator[TeamsApi]:
    """A running one."""
    api = TeamsApi(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):  # whoever asked has gone
                api.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    server = Server(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def repair_answers(base: str = "/v1") -> dict[str, Any]:
    """What a repair shop's API answers, told apart from anything computed here."""
    counts = (
        "repair-orders/stats/count/total", "repair-orders/stats/count/active", "users/stats/count/clients",
        "users/stats/count/technicians", "users/stats/count/active-technicians",
    )  # fmt: skip
    return {
        f"{base}/repair-orders/stats/overview": {
            "totalOrders": 777, "activeOrders": 7, "rejectedOrders": 0, "completedOrders": 770,
        },
        f"{base}/repair-orders/stats/revenue": {"totalRevenue": 1.5, "averageCost": 1.5, "completedOrdersCount": 1},
        f"{base}/repair-orders/stats/by-status": {"ordersByStatus": [{"status": "READY", "count": 7}]},
        f"{base}/repair-orders/stats/recent": {"recentOrders": []},
        f"{base}/repair-orders/stats/top-services": {"topServices": []},
        f"{base}/repair-orders/stats/revenue/total": {"revenue": 1.5},
        f"{base}/users/stats/overview": {"totalClients": 9, "totalTechnicians": 2, "activeTechnicians": 1},
        f"{base}/users/stats/top-clients": {"topClients": []},
        f"{base}/users/stats/top-technicians": {"topTechnicians": []},
        **{f"{base}/{path}": {"count": 7} for path in counts},
    }  # fmt: skip
