"""How is JSON written and read on the wire?"""

from typing import Any

import orjson

loads = orjson.loads
DecodeError = orjson.JSONDecodeError


def dumps(document: Any) -> bytes:
    """Compact UTF-8 JSON; TypeError on what is no JSON (Decimal, set, …)."""
    return orjson.dumps(document)
