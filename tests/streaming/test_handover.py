"""Does a stream go on where a view's good answer ends, and nowhere else?"""

from typing import Any

from realtime.streaming.handover import stream_on, with_streams


class Exchange:
    """One request; keeps what is sent, and answers with `status` and `body`. `streams`: the view hands over."""

    def __init__(self, status: int = 200, body: bytes = b"", streams: bool = True, started: bool = True) -> None:
        self.status, self.body, self.streams, self.started = status, body, streams, started
        self.sent: list[dict[str, Any]] = []
        self.streamed = False

    async def view(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if self.streams:
            stream_on(scope, self.stream)
        if self.started:
            await send({"type": "http.response.start", "status": self.status, "headers": []})
            await send({"type": "http.response.body", "body": self.body})

    async def stream(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.streamed = True
        await send({"type": "http.response.body", "body": b"more"})

    async def run(self) -> "Exchange":
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        await with_streams(self.view)({"type": "http"}, receive, send)
        return self

    @property
    def bodies(self) -> list[tuple[bytes, bool]]:
        return [
            (message["body"], message.get("more_body", False)) for message in self.sent if "body" in message["type"]
        ]


async def test_a_stream_goes_on_where_the_view_ends() -> None:
    assert (await Exchange().run()).bodies == [(b"", True), (b"more", False)]


async def test_another_answer_is_left_alone() -> None:
    assert (await Exchange(body=b"page", streams=False).run()).bodies == [(b"page", False)]


async def test_an_error_behind_the_view_is_the_answer() -> None:
    failed = await Exchange(status=500, body=b"error").run()
    assert (failed.bodies, failed.streamed) == ([(b"error", False)], False)


async def test_a_client_that_went_before_the_answer_gets_no_stream() -> None:
    assert not (await Exchange(started=False).run()).streamed
