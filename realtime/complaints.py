"""What does an error say in one line of the log? Servers' errors come in several, some with nothing at all."""


def in_a_line(error: BaseException) -> str:
    """The first line of what the error says, else its name."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
