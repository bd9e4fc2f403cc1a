"""Who is let in, as whom, and to what? The rows of wire.md, "Tokens" and "Which negocio"."""
