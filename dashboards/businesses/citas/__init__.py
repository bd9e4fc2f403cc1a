"""A virtual queue with appointments: stations, services, opening hours and the citas themselves."""
