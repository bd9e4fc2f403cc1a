"""What is said on the wire, free of sockets, of Django and of any domain."""
