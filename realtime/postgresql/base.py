"""What if PostgreSQL ended all connections of a pool? The first one that is found broken condemns all that wait in it.

psycopg's pool finds them out one by one, and whoever asks waits 1 s, 2 s, 4 s in between.
"""

import select
import time
from collections.abc import Callable
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

Pool = ConnectionPool[Any]

# A connection that was in use so lately needn't be asked whether it lives. Seconds.
FRESH = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's; `OPTIONS["pool"]` are the arguments of its pool."""

    # Django's own, which its stubs don't name.
    _connection_pools: ClassVar[dict[str, Pool]]
    _configure_connection: Callable[[Any], None]

    @property
    def pool(self) -> Pool | None:
        """The process's pool of this alias, made at first use."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            # As Django: who comes second throws its own, which was never opened, away.
            self._connection_pools.setdefault(self.alias, self._new_pool(options))
        return self._connection_pools[self.alias]

    def _new_pool(self, options: dict[str, Any]) -> Pool:
        def check(connection: Any) -> None:
            if is_fresh(connection):
                return
            try:
                ConnectionPool.check_connection(connection)
            except Exception:
                pool.drain()
                raise

        pool: Pool = ConnectionPool(
            kwargs=self.get_connection_params() | {"autocommit": True},
            open=False,
            configure=self._configure_connection,
            check=check,
            **options,
        )
        return pool


# When connections were last taken out of their pool: monotonic seconds.
_taken_at: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


def is_fresh(connection: Any) -> bool:
    """Was it in use a moment ago, and is it quiet? A server that closes a connection says so in it, unasked."""
    now, poll = time.monotonic(), select.poll()
    since, _taken_at[connection] = now - _taken_at.get(connection, float("-inf")), now
    if since >= FRESH or connection.closed:
        return False
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
