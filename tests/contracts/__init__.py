"""Does every kind and every dialect keep what the core relies on? One suite for all, found by their folders."""
