"""The transport and the Django project: everything that knows a socket."""
