"""Does a POST reach its view on the event loop, unless it is large, and is what a client left behind stored?"""

import asyncio
import threading
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from realtime.api.callers import Callers
from realtime.requests import MOST_ON_THE_LOOP, RequestHandler

seen: list[threading.Thread] = []


@csrf_exempt
def view(request: HttpRequest) -> HttpResponse:
    seen.append(threading.current_thread())
    return HttpResponse(f"taken {len(request.body)}")


urlpatterns = [path("notify", view), path("api/notify/", view), path("notify/other", view)]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("urls")]


@pytest.fixture(name="urls")
def _urls() -> Any:
    seen.clear()
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost"]):
        yield


def peer(where: str, *headers: tuple[bytes, bytes], host: bytes = b"localhost") -> Any:
    scope = {
        "type": "http", "method": "POST", "path": where, "query_string": b"", "headers": [(b"host", host), *headers],
        "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("localhost", 80), "root_path": "",
    }  # fmt: skip
    communicator: Any = ApplicationCommunicator
    return communicator(RequestHandler(), scope)


async def posted(where: str, body: bytes = b"{}", **more: Any) -> dict[str, Any]:
    communicator = peer(where, **more)
    await communicator.send_input({"type": "http.request", "body": body})
    start: dict[str, Any] = await communicator.receive_output(10)
    start["body"] = (await communicator.receive_output(10))["body"]
    await communicator.wait(10)
    return start


async def test_a_request_is_served_on_the_loop_with_and_without_a_slash() -> None:
    for where in ("/notify", "/api/notify/"):
        assert (await posted(where))["status"] == 200
    assert seen == [threading.current_thread()] * 2


async def test_a_large_one_is_read_beside_the_loop() -> None:
    assert (await posted("/notify", b"x" * (MOST_ON_THE_LOOP + 1)))["body"] == f"taken {MOST_ON_THE_LOOP + 1}".encode()
    assert (await posted("/notify", b"x" * MOST_ON_THE_LOOP))["status"] == 200
    assert [thread is threading.current_thread() for thread in seen] == [False, True]


async def test_other_requests_go_the_way_that_django_sends_them() -> None:
    assert (await posted("/notify/other"))["status"] == 200
    assert seen[0] is not threading.current_thread()


async def test_what_middleware_says_is_said_there_too() -> None:
    answer = await posted("/notify")
    assert (b"X-Content-Type-Options", b"nosniff") in answer["headers"]
    assert (await posted("/notify", host=b"elsewhere.example"))["status"] == 400


async def test_a_session_is_not_asked_for() -> None:
    communicator = peer("/notify", (b"cookie", b"sessionid=abc; csrftoken=def"))
    await communicator.send_input({"type": "http.request", "body": b"{}"})
    assert (await communicator.receive_output(10))["status"] == 200


async def test_a_client_that_goes_before_it_has_said_all_is_not_served() -> None:
    communicator = peer("/notify")
    await communicator.send_input({"type": "http.request", "body": b"{", "more_body": True})
    await communicator.send_input({"type": "http.disconnect"})
    await communicator.wait(10)
    assert seen == []


async def test_a_database_that_is_away_is_no_fault_of_the_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise DatabaseError("the server is away")

    monkeypatch.setattr(Callers, "caller_of", away)
    assert (await asyncio.gather(*(posted("/notify") for _ in range(3))))[2]["status"] == 200
