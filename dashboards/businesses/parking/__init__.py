"""A parking lot: its spaces, the cars in them, what they pay, and who has reserved."""
