"""How do names and texts of other people stand in SQL without becoming SQL?"""


def name(*parts: str) -> str:
    """A quoted identifier, qualified by those before it."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def text(value: str) -> str:
    """A quoted text."""
    quoted = "'" + value.replace("'", "''") + "'"
    return f"E{quoted}".replace("\\", "\\\\") if "\\" in value else quoted
