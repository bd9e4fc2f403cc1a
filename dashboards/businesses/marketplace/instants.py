"""How does a moment stand on the wire?"""

import datetime as dt


def instant(moment: dt.datetime) -> str:
    """RFC 3339, in UTC."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
