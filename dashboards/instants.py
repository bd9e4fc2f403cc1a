"""Which instant does a text name?"""

import datetime as dt
from typing import Any


def moment(text: Any) -> dt.datetime | None:
    """The instant of an ISO 8601 text, UTC where it says no offset; None for what names none."""
    try:
        said = dt.datetime.fromisoformat(text)
        return said.replace(tzinfo=said.tzinfo or dt.UTC).astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError):
        return None
