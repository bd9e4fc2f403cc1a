"""What do the old deployments' variables become?"""

import pytest
from redis.asyncio.connection import parse_url

from realtime.environment import Environment, redis_url


@pytest.mark.parametrize("password", ["plain", "p@ss:w/rd#%?&", "ñ+ "])
def test_a_redis_password_may_hold_any_character(password: str) -> None:
    url = redis_url(Environment({"REDIS_ADDR": "redis:6380", "REDIS_PASSWORD": password}))
    assert url is not None
    parts = parse_url(url)
    assert (parts["host"], parts["port"]) == ("redis", 6380)
    assert parts["password"] == password.strip()
