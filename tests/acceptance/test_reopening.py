"""Does a front-end that opens a new socket after each frame miss nothing? The benchmark `reconnects`, for a moment."""

import gc

from benchmarks.reconnects import SECONDS, reopen
from tests.acceptance.cluster import Cluster

PAGES = 20
A_MOMENT = 5.0
# A page that is served again what it has already, opens the next socket at once, and so on without an end.
MOST_OPENED = A_MOMENT / 0.5 + 2


async def test_pages_that_reopen_their_socket_after_each_frame_hold_the_truth_in_the_end(cluster: Cluster) -> None:
    assert A_MOMENT < SECONDS
    cluster.environment["UPDATE_INTERVAL"] = "600"
    cluster.start(webs=1, workers=1)
    habit = await reopen(cluster, cluster.webs[0], PAGES, A_MOMENT)
    assert habit.lost == []
    assert habit.changes > 10
    assert PAGES < habit.opened <= PAGES * MOST_OPENED
    assert habit.shown > PAGES
    assert "Traceback" not in cluster.logs()
    gc.collect()  # a socket that was left open is this test's fault, not a later one's
