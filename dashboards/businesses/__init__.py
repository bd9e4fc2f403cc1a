"""Which kinds of business are there? One folder each, found by its kind.py."""
