"""Does the reverse proxy of the guide let pass what Pulso takes, and keep no token?"""

import re
from pathlib import Path

from django.conf import settings

GUIDE = Path(__file__).parents[2] / "docs" / "running.md"


def block() -> str:
    """What the guide says for nginx."""
    (text,) = re.findall(r"```nginx\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return str(text)


def test_the_largest_batch_passes() -> None:
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", block())
    assert int(megabytes) * 2**20 > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_no_query_with_a_token_is_logged() -> None:
    assert "access_log off;" in block()
