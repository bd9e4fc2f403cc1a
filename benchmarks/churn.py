"""Does anything grow while clients of all dialects come and go? Memory, and counts of what is held.

Three minutes, or PULSO_CHURN_SECONDS: an hour is 3600. The last quarter is held against the first after the warm-up.
"""

import asyncio
import os

from benchmarks.results import Report, figure, most
from benchmarks.servers import cluster
from tests.acceptance.churning import churn
from tools.testbed.redis_server import redis_server

NAME = "churn"
SECONDS = 180.0
WARM_UP_SHARE = 1 / 3


def measure() -> Report:
    """One web process, one worker, a Redis of their own."""
    seconds = float(os.environ.get("PULSO_CHURN_SECONDS", SECONDS))
    with redis_server() as redis, cluster(REDIS_URL=redis) as running:
        running.start(webs=1, workers=1)
        found = asyncio.run(churn(running, seconds * (1 - WARM_UP_SHARE), seconds * WARM_UP_SHARE))
    figures = [
        figure("visits", found.visits, ""),
        figure("events told in each room", found.told, ""),
        *(figure(f"growth of the {name}'s memory", 100 * found.growth(name), "%", most(1)) for name in MEMORY),
        *(
            figure(f"{name}, at first {first:g}", last, "", most(first * (1 + MOST_DRIFT) + MOST_MORE))
            for name, (first, last) in found.drifts().items()
        ),
    ]
    return Report(NAME, figures, found.lost)


MEMORY = ("web", "worker")
# Counts go up and down by chance: by a few, and by a share of what there is.
MOST_MORE, MOST_DRIFT = 5, 0.15
