"""A uvicorn with other internals is refused at start-up, and what is missing is named."""

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from realtime.server.errors import UvicornChanged
from realtime.server.expectations import check_uvicorn


class Renamed(WebSocketsSansIOProtocol):
    """A uvicorn in which two things are called otherwise, and a name of ours is taken."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        del self.close_timer

    @property
    def handle_ping(self) -> None:  # type: ignore[override]
        raise AttributeError

    def write(self) -> None: ...


def test_the_installed_uvicorn_will_do() -> None:
    check_uvicorn()


def test_what_is_missing_is_named() -> None:
    with pytest.raises(UvicornChanged) as caught:
        check_uvicorn(Renamed)
    assert caught.value.missing == ("Renamed.close_timer", "Renamed.handle_ping", "Renamed.write, ours")
    assert "Renamed.handle_ping" in str(caught.value)


class Otherwise(WebSocketsSansIOProtocol):
    """A uvicorn that finds the application elsewhere: what is held when it ends would be lost."""

    async def run_asgi(self) -> None:
        await self.config.loaded_app(self.scope, self.receive, self.send)


def test_an_application_that_is_called_otherwise_is_named() -> None:
    with pytest.raises(UvicornChanged) as caught:
        check_uvicorn(Otherwise)
    assert caught.value.missing == ("Otherwise.app, called by run_asgi",)


def test_an_old_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uvicorn.__version__", "0.53.2")
    with pytest.raises(UvicornChanged, match=r"0\.54"):
        check_uvicorn()
