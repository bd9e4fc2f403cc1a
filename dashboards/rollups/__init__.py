"""How does a figure cost the same however many rows there are? It reads tallies, kept by triggers and folded."""
