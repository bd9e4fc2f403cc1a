"""Does docs/settings.md name every variable that the settings read, and no other?"""

import ast
import re
from pathlib import Path

from django.conf import settings

READERS = {"text", "flag", "whole", "port", "seconds", "words", "choice", "pairs", "networks", "url"}


def variables_read(path: Path) -> set[str]:
    """First arguments of the environment's readers."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in READERS
        and call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
        and call.args[0].value.isupper()
    }  # fmt: skip


def test_the_page_names_every_variable_and_no_other() -> None:
    root = Path(settings.BASE_DIR)
    read = variables_read(root / "realtime/settings.py") | variables_read(root / "realtime/environment.py")
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", (root / "docs/settings.md").read_text(), re.MULTILINE))
    assert named == read
