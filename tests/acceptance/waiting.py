"""How does a test wait for what a client hears? Until it holds, or with a word on what came instead."""

import asyncio
import time
from collections.abc import Callable


async def until(holds: Callable[[], bool], news: asyncio.Event, timeout: float, came: Callable[[], str]) -> float:
    """Seconds until news made `holds()` true; raises TimeoutError with what `came()` says."""
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout):
            while not holds():
                news.clear()
                await news.wait()
    except TimeoutError:
        raise TimeoutError(f"not within {timeout:g} s; {came()}") from None
    return time.monotonic() - started
