"""How is a worker started? `manage.py runworker changes`, as many as are needed."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from typing import Any

import uvloop
from channels.management.commands import runworker
from django.conf import settings
from django.core.management.base import CommandError

from realtime import publishing
from realtime.garbage import look_seldom
from realtime.labour import Labour
from realtime.leases import new_process_id

CHANNELS = ("changes",)


class ChangesWorker:
    """Channels' worker interface around our own tasks, which survive what ends its listeners, and drain on SIGTERM."""

    def __init__(self, application: Any, channels: Sequence[str], channel_layer: Any) -> None:
        if tuple(channels) != CHANNELS:
            raise CommandError(f"runworker serves the channel «changes» only, not {' '.join(channels)}")

    def run(self) -> None:
        """Work until SIGINT or SIGTERM."""
        look_seldom()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._work())

    async def _work(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, stop.set)
        publishing.bind(loop)
        labour = Labour(new_process_id())
        await labour.start()
        await stop.wait()
        await labour.stop()


class Command(runworker.Command):  # type: ignore[misc]
    help = "Turn changes into messages: `runworker changes`. Needs Redis; without it the web process does this itself."
    worker_class = ChangesWorker

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SINGLE_PROCESS:
            raise CommandError("REDIS_URL is not set: without it `serve` does the workers' work itself")
        super().handle(*args, **options)
