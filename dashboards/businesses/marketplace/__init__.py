"""A marketplace: who sells what, who orders it, what it earned, and who is told."""
