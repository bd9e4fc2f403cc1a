"""A tour operator: where it goes, who books it, what it earns and what people say of it."""
