"""How much is done to how many? Little in CI; all that docs/faults.md promises with PULSO_TEST_FAULTS=full."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Times and seconds of the faults, and who is there meanwhile."""

    negocios: int
    clients: int
    update_interval: float
    # Of each sort of fault that is over at once.
    times: int
    restarts: int
    away: float
    frozen: float
    wrong_clocks: tuple[tuple[str, int], ...]
    # So many times what is promised a recovery may take: a machine of CI is shared.
    slack: float


SMALL = Scale(
    negocios=5, clients=40, update_interval=1, times=1, restarts=1, away=7, frozen=4,
    wrong_clocks=(("web", -90), ("worker", 90)), slack=3,
)  # fmt: skip
FULL = Scale(
    negocios=20, clients=200, update_interval=5, times=20, restarts=5, away=20, frozen=15,
    wrong_clocks=(("web", 90), ("web", -90), ("worker", 90), ("worker", -90)), slack=1,
)  # fmt: skip
SCALE = FULL if os.environ.get("PULSO_TEST_FAULTS") == "full" else SMALL
SEED = int(os.environ.get("PULSO_TEST_SEED", "1"))
RATE, BATCH = 200.0, 20
