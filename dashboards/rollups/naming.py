"""What are the tables, views and functions called that a table has beside it?"""


def tally_table(table: str) -> str:
    """The table of what a table's rows add up to."""
    return f"tally_{table}"


def delta_table(table: str, link: str = "") -> str:
    """The table of what came and went since; of a link, in the table that it leads to."""
    return f"delta_{table}__{link}" if link else f"delta_{table}"


def view_of(table: str) -> str:
    """The view of all tallies of a table."""
    return f"tallies_{table}"
