"""Why is somebody not let in?

AuthenticationFailed
├── InvalidToken      the token is bad, expired, of the wrong sort or for somebody else
│   └── UnknownKey    it verifies with no key that is known
└── NoNegocio         a good token that holds no negocio here
"""


class AuthenticationFailed(Exception):
    """The client can't be authenticated."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason or str(self.__doc__)
        super().__init__(self.reason)


class InvalidToken(AuthenticationFailed):
    """Invalid token"""


class UnknownKey(InvalidToken):
    """Invalid token"""


class NoNegocio(AuthenticationFailed):
    """The token holds no negocio here"""
