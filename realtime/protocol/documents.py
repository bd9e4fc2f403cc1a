"""What does a message of a client hold, before any dialect reads it? A JSON object, or what can't be understood."""

from collections.abc import Mapping
from typing import Any

from realtime.protocol.errors import BINARY_FRAME, INVALID_JSON, NOT_AN_OBJECT, Failure
from realtime.protocol.json import DecodeError, loads


def document_of(text: str | None) -> Mapping[str, Any] | Failure:
    """The object in a text message (None: it was a binary one), or why there is none."""
    if text is None:
        return BINARY_FRAME
    try:
        document = loads(text)
    except DecodeError:
        return INVALID_JSON
    return document if isinstance(document, dict) else NOT_AN_OBJECT
