"""How often is garbage in cycles looked for? Seldom: each look reads all that thousands of sockets hold, or a worker's
models and statements, and everybody waits meanwhile.

A connection that ends leaves none (tests/frames/test_garbage.py), a request to an API does: Django REST framework's.
Measured: with Python's own thresholds a third of the CPU of 3,000 clients that come back went into looking.
"""

import gc
from typing import Final

# New objects until the youngest are looked at; so many such looks until the middle ones are, and until all are.
THRESHOLDS: Final = (10_000, 100, 10)


def look_seldom() -> None:
    """From now on; what is loaded by now is never looked at again. Call it once the application is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
