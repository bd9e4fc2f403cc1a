"""How is this installation set up? The only reader of the environment; runs with none at all.

Every variable stands in docs/settings.md; a test holds that table against this file.
"""

import os
import secrets
import sys
import tomllib
from pathlib import Path
from typing import Any

from realtime.environment import REDIS, BadVariable, Environment, database, redis_url
from realtime.hosts import AllowedHosts
from realtime.server.redaction import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

ENVIRONMENT = env.choice("ENVIRONMENT", "development", "development", "production", "test")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.flag("DEBUG", False)
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# Where the embedded database, the secret and the lock files live.
PULSO_DATA_DIR = Path(env.text("PULSO_DATA_DIR", str(BASE_DIR / ".pulso")))


def _kept_secret() -> str:
    """The secret of an installation without SECRET_KEY: made once, kept beside the embedded database."""
    path = PULSO_DATA_DIR / "secret_key"
    if PRODUCTION:
        raise BadVariable("SECRET_KEY", "", "set, which ENVIRONMENT=production needs")
    PULSO_DATA_DIR.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text().strip() or secrets.token_urlsafe(64)


SECRET_KEY = env.text("SECRET_KEY") or _kept_secret()

# -- Tokens -----------------------------------------------------------------------------------------
JWT_SECRET = env.text("JWT_SECRET", SECRET_KEY)
# An authentication service whose public keys, at /.well-known/jwks.json, verify tokens as JWT_SECRET does.
AUTH_SERVICE_URL = env.url("AUTH_SERVICE_URL", "http", "https")
JWT_ISSUER = env.text("JWT_ISSUER")
JWT_AUDIENCE = env.text("JWT_AUDIENCE")
JWT_LEEWAY = env.seconds("JWT_LEEWAY", 10, zero=True)
# Old clients retry a dead token for ever, so their sockets stay open past `exp` unless this says otherwise.
CLOSE_ON_EXPIRY = env.flag("CLOSE_ON_EXPIRY", False)
# Of one user from one address; each process counts for itself.
LOGIN_FAILURES_A_MINUTE = env.whole("LOGIN_FAILURES_A_MINUTE", 10, least=1)
OWN_ISSUER = "pulso"  # the `iss` of tokens of our own users; their `user_id` is a Django key, never a foreign one

# -- Who may connect --------------------------------------------------------------------------------
ALLOWED_HOSTS = AllowedHosts(env.words("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]"))
if ALLOWED_HOSTS:
    ALLOWED_HOSTS.append("127.0.0.1")  # where the image's health check asks
ALLOWED_ORIGINS = [*env.words("CORS_ORIGIN"), *env.words("ALLOWED_ORIGINS")]
DEFAULT_NEGOCIO = env.pairs("DEFAULT_NEGOCIO")
ANONYMOUS_READ = frozenset(env.words("ANONYMOUS_READ"))
# Networks whose back-ends may notify without a key.
NOTIFY_TRUSTED_NETWORKS = env.networks("NOTIFY_TRUSTED_NETWORKS")
# Negocios that everybody on this machine may notify: realtime/demo.py names the demo's.
UNKEYED_FROM_LOOPBACK: frozenset[str] = frozenset()
# Reverse proxies whose X-Forwarded-For is believed: addresses or networks.
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
# A back-end that says which rooms its users may join: that of the default negocio, where its own row names none.
BACKEND_URL = env.url("BACKEND_URL", "http", "https")
# The marketplace's own rules: any seller into any seller's room, any user into any other.
MARKETPLACE_LEGACY_ROOMS = env.flag("MARKETPLACE_LEGACY_ROOMS", False)
# The API that the default repair shop's figures come from, and the token that it wants, where it wants one.
REST_API_URL = env.url("REST_API_URL", "http", "https")
REST_API_TOKEN = env.text("REST_API_TOKEN")
# Of each process: in all, of one negocio, of one user.
MAX_CONNECTIONS = env.whole("MAX_CONNECTIONS", 20_000, least=1)
MAX_CONNECTIONS_PER_NEGOCIO = env.whole("MAX_CONNECTIONS_PER_NEGOCIO", 10_000, least=1)
MAX_CONNECTIONS_PER_USER = env.whole("MAX_CONNECTIONS_PER_USER", 1_000, least=1)

# -- Server -----------------------------------------------------------------------------------------
HOST = env.text("WS_HOST", "0.0.0.0" if PRODUCTION else "127.0.0.1")
PORT = env.port("PORT", env.port("WS_PORT", 8080))
PING_PERIOD = env.seconds("PING_PERIOD", 54)
PONG_WAIT = env.seconds("PONG_WAIT", 60)
if PONG_WAIT <= PING_PERIOD:
    raise BadVariable("PONG_WAIT", f"{PONG_WAIT:g}s", f"longer than PING_PERIOD ({PING_PERIOD:g}s)")
WRITE_WAIT = env.seconds("WRITE_WAIT", 10)
# A socket of clients that resume is made anew now and then, so that new processes get their share.
SOCKET_LIFETIME = env.seconds("SOCKET_LIFETIME", 12 * 3600)
UPDATE_INTERVAL = env.seconds("UPDATE_INTERVAL", 5)
# Read so that old deployments start; our buffers are uvicorn's and bounded otherwise.
UNUSED_BUFFER_SIZES = (env.whole("WS_READ_BUFFER_SIZE", 0), env.whole("WS_WRITE_BUFFER_SIZE", 0))
PULSO_DEMO = env.flag("PULSO_DEMO", True)
LOG_LEVEL = env.choice("LOG_LEVEL", "info", "debug", "info", "warn", "warning", "error", "critical")
LOG_LEVEL = "warning" if LOG_LEVEL == "warn" else LOG_LEVEL
LOG_FORMAT = env.choice("LOG_FORMAT", "text", "text", "json")
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)

# -- Database ---------------------------------------------------------------------------------------
DATABASE = database(env)
EMBEDDED = DATABASE is None
# Without Redis one process is all there is: the web process does the workers' work too.
SINGLE_PROCESS = redis_url(env) is None
SCHEMA = "pulso"
# Pulso's tables only: a search path with `public` in it would find another application's django_migrations.
# Compiling a statement takes longer than any of ours runs; PostgreSQL does it by an estimate, which for views of a
# team's tables is high.
SESSION_OPTIONS = f"-c search_path={SCHEMA} -c jit=off"
# A server that vanished without a word is noticed within half a minute, not after the kernel's quarter of an hour.
LIVENESS = {
    "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}  # fmt: skip
# Who wants a connection is refused after `timeout`. The pauses between tries to connect grow until `reconnect_timeout`,
# then it begins anew for whoever wants one: a server that is back is seen at once.
POOL = {"min_size": 1, "max_size": env.whole("DB_POOL_SIZE", 16, least=2), "timeout": 5, "reconnect_timeout": 2}


def _databases() -> dict[str, dict[str, Any]]:
    # Prepared is only what asks for it (dashboards.asking), and that at once; None: nothing is.
    prepared = 5 if env.flag("DB_PREPARE", True) else None
    options: dict[str, Any] = {"pool": POOL, "options": SESSION_OPTIONS, "prepare_threshold": prepared, **LIVENESS}
    if DATABASE is None:
        return {"default": {"ENGINE": "realtime.embedded", "NAME": "pulso", "OPTIONS": options}}
    address = dict(DATABASE)
    if mode := address.pop("SSLMODE"):
        options["sslmode"] = mode
    # A process that can reach the layer rings the workers itself, so its statements need not NOTIFY.
    if redis_url(env) is not None:
        options["options"] += " -c pulso.doorbell=layer"
    return {"default": {"ENGINE": "realtime.postgresql", **address, "OPTIONS": options}}


DATABASES = _databases()
DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Journal ----------------------------------------------------------------------------------------
# Events are kept for those who come back: so long, and of each negocio so many.
JOURNAL_AGE = env.seconds("JOURNAL_AGE", 7 * 86_400)
JOURNAL_EVENTS = env.whole("JOURNAL_EVENTS", 100_000, least=1)

# -- Channel layer ----------------------------------------------------------------------------------
REDIS_URL = redis_url(env)
# Where back-ends publish what their clients are told.
REDIS_IN_URL = env.url("REDIS_IN_URL", *REDIS)
LAYER_PREFIX = env.text("LAYER_PREFIX", "pulso")
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "realtime.layer.PulsoChannelLayer",
        "CONFIG": {"url": REDIS_URL, "prefix": LAYER_PREFIX},
    }
    if REDIS_URL
    else {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        # One member per group here, which stays as long as the process: memberships must not age.
        "CONFIG": {"group_expiry": 10 * 365 * 86_400, "capacity": 100_000},
    }
}

# -- Django -----------------------------------------------------------------------------------------
KINDS_DIR = BASE_DIR / "dashboards" / "businesses"
KIND_APPS = sorted(f"dashboards.businesses.{path.parent.name}" for path in KINDS_DIR.glob("*/kind.py"))
INSTALLED_APPS = [
    # First, so that runserver speaks ASGI. Nothing else needs it, and its Twisted is a quarter of a process's start.
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "realtime",  # before channels, whose runworker it replaces
    "channels",
    "rest_framework",
    "corsheaders",
    "servestatic",
    "notifications",
    "dashboards",
    *KIND_APPS,
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "realtime.requests.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "realtime.urls"
ASGI_APPLICATION = "realtime.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = DEBUG
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

SECURE_SSL_REDIRECT = False  # the reverse proxy's work; health checks come over plain HTTP
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CORS_ALLOW_ALL_ORIGINS = "*" in ALLOWED_ORIGINS
CORS_ALLOWED_ORIGINS = [origin for origin in ALLOWED_ORIGINS if "://" in origin]
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_HEADERS = [
    *("accept", "authorization", "content-type", "if-none-match", "last-event-id", "user-id", "x-api-key"),
]
CORS_EXPOSE_HEADERS = ["etag"]
# Where the admin itself is served behind a proxy that changes the Host; front-ends of teams have no part in it.
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # SECURE_SSL_REDIRECT, see above

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["realtime.authentication.drf.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": None,
}
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SECRET,
    "ISSUER": OWN_ISSUER,
    "LEEWAY": JWT_LEEWAY,
    "USER_ID_CLAIM": "user_id",
    "TOKEN_OBTAIN_SERIALIZER": "realtime.authentication.own.NegocioTokenSerializer",
}
