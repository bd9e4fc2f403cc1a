"""What can keep the server from starting?

ServerError
├── UvicornChanged
└── CannotBind
    └── PortInUse
"""

from __future__ import annotations

from collections.abc import Sequence


class ServerError(Exception):
    """The server can't start"""

    def __str__(self) -> str:
        return f"{type(self).__doc__}: {', '.join(str(arg) for arg in self.args)}"


class UvicornChanged(ServerError):
    """This uvicorn isn't built as the frame extension needs it (0.54 is); missing or in the way"""

    def __init__(self, version: str, missing: Sequence[str]) -> None:
        super().__init__(*missing, f"in uvicorn {version}")
        self.version = version
        self.missing = tuple(missing)


class CannotBind(ServerError):
    """Can't listen there"""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"{host} port {port}", reason)
        self.host = host
        self.port = port
        self.reason = reason


class PortInUse(CannotBind):
    """Another program listens there already"""
