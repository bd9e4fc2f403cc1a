"""What does a believable tour operator look like, and what happens there next?"""

from dashboards.businesses.tourism.demo.past import seed
from dashboards.businesses.tourism.demo.present import step
from dashboards.kinds import Demo

DEMO = Demo("demo-tourism", "Rutas del Ecuador", "America/Guayaquil", seed, step)

__all__ = ["DEMO"]
