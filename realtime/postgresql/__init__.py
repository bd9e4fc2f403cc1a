"""How does Pulso connect to PostgreSQL? As Django does, with a pool that gets over a restart at once."""
