"""Which servers can a test take away and give back? A Redis and a PostgreSQL of its own, each on its port."""

import os
import shutil
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path

from redis import Redis

from realtime.embedded.postmaster import LOOPBACK
from realtime.embedded.server import Address, PrivatePostgres
from tools.testbed.redis_server import redis_server


class OwnRedis:
    """A Redis of these tests alone, which can go and come back. Runs when made."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self.url = self._running.enter_context(redis_server())

    def stop(self) -> None:
        self._running.close()

    def start(self) -> None:
        self._running.enter_context(redis_server(int(self.url.rpartition(":")[2].partition("/")[0])))

    def signal(self, number: int) -> None:
        with Redis.from_url(self.url) as redis:
            self._pid = int(redis.info("server")["process_id"])
        os.kill(self._pid, number)

    def wake(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    def kill_subscribers(self) -> None:
        """End every connection that is subscribed to something."""
        with Redis.from_url(self.url) as redis:
            redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    def allow_subscriptions(self, allowed: bool) -> None:
        """May anybody subscribe? Who does already isn't touched."""
        with Redis.from_url(self.url) as redis:
            redis.execute_command("ACL", "SETUSER", "default", *(f"{'-+'[allowed]}{name}" for name in SUBSCRIBING))


SUBSCRIBING = ("subscribe", "psubscribe")


class OwnPostgres:
    """A PostgreSQL of these tests alone, durable as Pulso's own, which can go and come back. Runs when made."""

    def __init__(self) -> None:
        # As in the testbed: root's server runs as another user, who must be able to enter.
        self._folder = Path(tempfile.mkdtemp(prefix="pulso-own-", dir="/tmp"))
        self._folder.chmod(0o711)
        self._server = PrivatePostgres(self._folder / ".pulso", system_folder=self._folder / "system")
        self.address = self.start()

    @property
    def url(self) -> str:
        return self.address.url

    @property
    def django(self) -> dict[str, str]:
        """The server in the words of Django's settings."""
        at = self.address
        return {"HOST": LOOPBACK, "PORT": str(at.port), "USER": at.user, "PASSWORD": at.password}

    def start(self) -> Address:
        return self._server.acquire(owner=True)

    def stop(self) -> None:
        """Fast: transactions under way are rolled back, connections ended."""
        self._server.release()

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self._server.destroy()
        shutil.rmtree(self._folder, ignore_errors=True)
