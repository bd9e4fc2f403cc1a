"""What does a room cost as Django Channels' tutorial writes it? Served by daphne, with channels-redis."""
