"""What does a believable repair shop look like, and what happens there next?"""

from dashboards.businesses.repairs.demo.past import seed
from dashboards.businesses.repairs.demo.present import step
from dashboards.kinds import Demo

DEMO = Demo(code="demo-repairs", name="Taller Electrónico Demo", time_zone="America/Guayaquil", seed=seed, step=step)

__all__ = ["DEMO"]
