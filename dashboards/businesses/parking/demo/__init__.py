"""What does a believable parking lot look like, and what happens there next?"""

from dashboards.businesses.parking.demo.past import seed
from dashboards.businesses.parking.demo.present import step
from dashboards.kinds import Demo

DEMO = Demo(code="demo-parking", name="Parqueadero Bolívar", time_zone="America/Guayaquil", seed=seed, step=step)

__all__ = ["DEMO"]
