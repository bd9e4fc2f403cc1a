"""How do log lines stay free of tokens, and what do they look like?"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

REMOVED: Final = "[removed]"

# Each has no effect where it was applied before: what stands in the place of a secret is replaced by itself.
SECRETS: Final = (
    # a query parameter, plain or percent-encoded as a whole: ?token=…, &access_token=…, token%3D…
    (re.compile(r"(?i)((?:token|jwt|secret|password|api_?key)(?:=|%3D))[^\s&#\"'\\)]+"), r"\1" + REMOVED),
    # a subprotocol: jwt.<token>, which is not the name of a Python module
    (re.compile(r"(?i)(\bjwt\.)(?=ey|[\w-]{24})[^\s,;\"'\\)]+"), r"\1" + REMOVED),
    # a header, as a line or as a pair of byte strings
    (
        re.compile(r"(?i)(\bauthorization['\"]?\s*[:=,]\s*(?:b?['\"])?+)(?!\[)(?:[a-z]+\s+)?[^\s,\"'\\)]+"),
        r"\1" + REMOVED,
    ),
    (re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]{8,}"), r"\1" + REMOVED),
    # a field of a JSON frame
    (re.compile(r"(?i)((?:token|jwt|secret|password)\\?[\"']\s*:\s*\\?[\"'])[^\"'\\]+"), r"\1" + REMOVED),
    # anything else that looks like a JWT, or like the beginning of one
    (re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*"), REMOVED),
)


def without_secrets(text: str) -> str:
    """`text` with every token, password and key in it replaced by REMOVED."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


class Redaction(logging.Filter):
    """Removes secrets from a record: message, arguments, traceback. On handlers: no logger escapes."""

    def filter(self, record: logging.LogRecord) -> bool:
        before = _text_of(record)
        if without_secrets(before) != before:
            # The arguments first: a formatter of access lines needs them one by one.
            record.args = _clean_args(record.args)
            text = _text_of(record)
            if without_secrets(text) != text:
                record.msg, record.args = without_secrets(text), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = without_secrets(record.exc_text)
        return True


def _text_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # arguments that don't fit: the handler complains about it, and prints them
        return f"{record.msg} {record.args}"


def _clean_args(args: Any) -> Any:
    if isinstance(args, Mapping):
        return {key: _clean(value) for key, value in args.items()}
    return tuple(_clean(value) for value in args) if args else args


def _clean(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    cleaned = without_secrets(text)
    return value if cleaned == text else cleaned


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            line["traceback"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)


def logging_config(level: str = "info", format: str = "text") -> dict[str, Any]:
    """A dictConfig: all from `level` up to stderr, as `text` or `json` lines, without secrets."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"redaction": {"()": Redaction}},
        "formatters": {
            "text": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"},
            "json": {"()": JsonLines},
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": format, "filters": ["redaction"]},
        },
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        # Emptied, so that lines go to the root's handler and nowhere else, whoever configured them before.
        "loggers": {
            "uvicorn": {"handlers": [], "propagate": True},
            "uvicorn.access": {"handlers": [], "propagate": True},
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # A line for each request that is refused would let anybody fill the disk; --access-log shows them.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }
