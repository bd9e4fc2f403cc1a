"""What becomes of an upgrade that is not let in? An HTTP answer where the server can give one, else a 403."""

from typing import Any

HTTP_RESPONSE = "websocket.http.response"


async def refuse(scope: dict[str, Any], send: Any, status: int, text: str) -> None:
    """Answer the upgrade with a short text; daphne knows only 403."""
    if HTTP_RESPONSE not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": f"{HTTP_RESPONSE}.start", "status": status, "headers": headers})
    await send({"type": f"{HTTP_RESPONSE}.body", "body": body})


async def deny(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The last route: there is no socket at this path."""
    await receive()
    await refuse(scope, send, 404, "Not found")
