"""What does a believable marketplace look like, and what happens there next?"""

from dashboards.businesses.marketplace.demo.past import seed
from dashboards.businesses.marketplace.demo.present import step
from dashboards.kinds import Demo

DEMO = Demo(
    code="demo-marketplace", name="Feria en Línea Demo", time_zone="America/Guayaquil", seed=seed, step=step
)  # fmt: skip

__all__ = ["DEMO"]
