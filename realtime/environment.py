"""What does the environment say? Strict readers that name the variable and the bad value."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import SplitResult, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

IPNetwork = IPv4Network | IPv6Network

TRUE = frozenset({"1", "true", "yes", "on", "si", "sí"})
FALSE = frozenset({"0", "false", "no", "off", ""})
DURATION = re.compile(r"(?P<number>[0-9]{1,9}(\.[0-9]{1,9})?)(?P<unit>ms|s|m|h)?")
REDIS = ("redis", "rediss", "unix")
WHOLE = re.compile(r"[0-9]{1,18}")
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


class BadVariable(ImproperlyConfigured):
    """An environment variable holds a value that can't be read."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        self.name, self.value, self.expected = name, value, expected
        super().__init__(f"{name}={value!r} is not {expected}")


class Environment:
    """Typed view of environment variables; every reader raises BadVariable on a value it can't read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, "").strip() or default

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._variables.get(name)
        if value is None:
            return default
        if value.strip().lower() in TRUE:
            return True
        if value.strip().lower() in FALSE:
            return False
        raise BadVariable(name, value, "true or false")

    def whole(self, name: str, default: int, least: int = 0) -> int:
        value = self.text(name)
        if not value:
            return default
        if not WHOLE.fullmatch(value) or int(value) < least:
            raise BadVariable(name, value, f"a whole number of {least} or more")
        return int(value)

    def port(self, name: str, default: int) -> int:
        port = self.whole(name, default)
        if port > 65535:
            raise BadVariable(name, str(port), "a port from 0 to 65535")
        return port

    def seconds(self, name: str, default: float, zero: bool = False) -> float:
        """A duration as `54s`, `1m`, `250ms` or bare seconds, in seconds."""
        value = self.text(name)
        if not value:
            return default
        match = DURATION.fullmatch(value)
        if not match or not (zero or float(match["number"])):
            raise BadVariable(name, value, "a duration such as 54s, 1m or 5")
        return float(match["number"]) * SECONDS[match["unit"]]

    def words(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list, blanks dropped."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def choice(self, name: str, default: str, *choices: str) -> str:
        value = self.text(name, default).lower()
        if value not in choices:
            raise BadVariable(name, value, "one of " + ", ".join(choices))
        return value

    def url(self, name: str, *schemes: str) -> str:
        """A URL of one of these schemes; empty where there is none."""
        url = self.text(name)
        if url and _parts(name, url).scheme not in schemes:
            # Never with the whole URL: it may hold a password.
            raise BadVariable(name, _parts(name, url).scheme + "://…", " or ".join(f"{each}://…" for each in schemes))
        return url

    def networks(self, name: str) -> tuple[IPNetwork, ...]:
        """IP networks, separated by commas; an address is a network of one."""
        networks = []
        for word in self.words(name):
            try:
                networks.append(ip_network(word, strict=False))
            except ValueError:
                raise BadVariable(name, word, "a network such as 10.0.0.0/8") from None
        return tuple(networks)

    def pairs(self, name: str) -> dict[str, str]:
        """`parking:CODE,tourism:CODE` as a dict."""
        pairs = {}
        for word in self.words(name):
            key, colon, value = word.partition(":")
            if not colon or not key or not value:
                raise BadVariable(name, word, "of the form kind:CODE")
            pairs[key] = value
        return pairs


def database(env: Environment) -> dict[str, str] | None:
    """The PostgreSQL server that the environment names, as Django settings; None means the embedded one.

    `DATABASE_URL` wins over `DB_HOST`, `DB_PORT`, `DB_USER`, `DB_PASSWORD`, `DB_NAME`, `DB_SSL_MODE`.
    """
    url = env.text("DATABASE_URL")
    if url:
        return _database_of_url(url)
    if not env.text("DB_HOST"):
        return None
    return {
        "HOST": env.text("DB_HOST"),
        "PORT": str(env.port("DB_PORT", 5432)),
        "USER": env.text("DB_USER", "postgres"),
        "PASSWORD": env.text("DB_PASSWORD"),
        "NAME": env.text("DB_NAME", "pulso"),
        "SSLMODE": env.text("DB_SSL_MODE"),
    }


def _database_of_url(url: str) -> dict[str, str]:
    parts = _parts("DATABASE_URL", url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadVariable("DATABASE_URL", parts.scheme + "://…", "a postgres:// URL")
    query = dict(item.partition("=")[::2] for item in parts.query.split("&") if item)
    try:
        port = str(parts.port or 5432)
    except ValueError:
        raise BadVariable("DATABASE_URL", parts.netloc.rpartition("@")[2], "a URL with a numeric port") from None
    return {
        "HOST": unquote(parts.hostname or query.get("host", "")),
        "PORT": port,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": unquote(parts.path.lstrip("/")) or "pulso",
        "SSLMODE": query.get("sslmode", ""),
    }


def _parts(name: str, url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # never with the whole URL: it may hold a password
        raise BadVariable(name, url.rpartition("@")[2], "a URL") from None


def redis_url(env: Environment) -> str | None:
    """The Redis that the environment names (`REDIS_URL`, else `REDIS_ADDR` + `REDIS_PASSWORD`); None means none."""
    url = env.url("REDIS_URL", *REDIS)
    if url:
        return url
    address = env.text("REDIS_ADDR")
    if not address:
        return None
    password = env.text("REDIS_PASSWORD")
    return f"redis://{':' + quote(password, safe='') + '@' if password else ''}{address}/0"
