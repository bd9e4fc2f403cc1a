"""Does a POST reach its view in one thread, and are threads used again but never shared?"""

import asyncio
import threading
import time
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from realtime.requests import MOST_IDLE, RequestHandler

seen: list[str] = []
going = threading.Event()


@csrf_exempt
def view(request: HttpRequest) -> HttpResponse:
    seen.append(threading.current_thread().name)
    if request.path_info.endswith("slow"):
        going.wait(10)
    return HttpResponse("taken")


urlpatterns = [path("notify", view), path("api/notify/slow", view), path("other", view)]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("urls")]


@pytest.fixture(name="urls")
def _urls() -> Any:
    seen.clear()
    going.clear()
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost"]):
        yield
    going.set()


def peer(handler: RequestHandler, where: str, host: bytes = b"localhost") -> Any:
    scope = {
        "type": "http", "method": "POST", "path": where, "query_string": b"", "headers": [(b"host", host)],
        "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("localhost", 80), "root_path": "",
    }  # fmt: skip
    communicator: Any = ApplicationCommunicator
    return communicator(handler, scope)


async def posted(handler: RequestHandler, where: str, host: bytes = b"localhost") -> dict[str, Any]:
    communicator = peer(handler, where, host)
    await communicator.send_input({"type": "http.request", "body": b"{}"})
    start: dict[str, Any] = await communicator.receive_output(10)
    await communicator.receive_output(10)
    await communicator.wait(10)
    return start


async def test_one_request_after_the_other_has_the_same_thread() -> None:
    handler = RequestHandler()
    for _ in range(3):
        assert (await posted(handler, "/notify"))["status"] == 200
    assert len(set(seen)) == 1


async def test_other_requests_go_the_way_that_django_sends_them() -> None:
    handler = RequestHandler()
    assert (await posted(handler, "/other"))["status"] == 200
    assert not handler._idle


async def test_requests_at_the_same_time_wait_for_nobody() -> None:
    handler = RequestHandler()
    slow = asyncio.create_task(posted(handler, "/api/notify/slow"))
    while not seen:
        await asyncio.sleep(0.01)
    assert (await asyncio.wait_for(posted(handler, "/notify"), 5))["status"] == 200
    going.set()
    assert (await slow)["status"] == 200


async def test_a_thread_whose_client_went_is_not_given_to_the_next() -> None:
    handler = RequestHandler()
    leaving = peer(handler, "/api/notify/slow")
    await leaving.send_input({"type": "http.request", "body": b"{}"})
    while not seen:
        await asyncio.sleep(0.01)
    await leaving.send_input({"type": "http.disconnect"})
    await leaving.wait(10)
    started = time.monotonic()
    assert (await posted(handler, "/notify"))["status"] == 200
    assert time.monotonic() - started < 5


async def test_what_middleware_says_is_said_there_too() -> None:
    handler = RequestHandler()
    answer = await posted(handler, "/notify")
    assert (b"X-Content-Type-Options", b"nosniff") in answer["headers"]
    assert (await posted(handler, "/notify", b"elsewhere.example"))["status"] == 400


async def test_no_more_threads_are_kept_than_are_worth_it() -> None:
    handler = RequestHandler()
    await asyncio.gather(*(posted(handler, "/notify") for _ in range(MOST_IDLE + 8)))
    assert len(handler._idle) <= MOST_IDLE
