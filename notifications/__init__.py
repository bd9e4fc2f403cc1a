"""What people are told: the ways in for other services. Knows no socket."""
