"""What must a dialect know of a client to tell what it listens to unasked?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listener:
    """A client, as its token says who it is; texts are empty where it doesn't say. `admin`: of the negocio meant."""

    user: str = ""
    role: str = ""
    seller: str = ""
    client: str = ""
    admin: bool = False
