"""A repair shop: what was brought in, what is done about it, what it earned."""
