"""Who ticks? A process of its own, as a worker does it: `python -m benchmarks.ticker COUNT`, a line for each tick.

A line says how many seconds it took, from asking who watches to the last message that the channel layer has taken.
"""

import asyncio
import os
import sys
import time
from collections.abc import Mapping

import django
from django.conf import settings

from benchmarks.crowd import run

# Between two ticks, so that what one has caused is over.
PAUSE = 0.5


async def ticks(environment: Mapping[str, str], count: int) -> list[float]:
    """Run the process; the seconds of its ticks. Raises RuntimeError where it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.ticker", str(count),
        cwd=settings.BASE_DIR, env=dict(environment), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the ticker ended with {process.returncode}")
    return [float(line) for line in out.split()]


async def _tick(count: int) -> None:
    from realtime.garbage import look_seldom
    from realtime.sending import layer_send_all
    from realtime.tenancy import tenancy
    from realtime.ticker import Ticker

    look_seldom()
    ticker = Ticker(tenancy, layer_send_all())
    for _ in range(count):
        start = time.perf_counter()
        await ticker.tick()
        print(time.perf_counter() - start, flush=True)
        await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
    django.setup()
    run(_tick(int(sys.argv[1])))
