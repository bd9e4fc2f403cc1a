"""docs/importing.md says what the commands do."""

import re

import pytest
from django.conf import settings
from django.core.management import BaseCommand, load_command_class

from dashboards.kinds import kinds

PAGE = (settings.BASE_DIR / "docs" / "importing.md").read_text(encoding="utf-8")


def test_fields_of_every_kind_stand_in_the_table() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| ((?:\*\*)?\w.*_\w.*) \|$", PAGE, re.MULTILINE))
    importable = {name: kind.imports for name, kind in kinds().items() if kind.imports}
    expected = {
        name: ", ".join(
            f"**{field.name}**" if field.required or field.name == shape.external_id else field.name
            for field in shape.fields
        )
        for name, shape in importable.items()
    }
    assert rows == expected


@pytest.mark.parametrize("command", ["import_csv", "replay"])
def test_every_option_is_explained(command: str) -> None:
    parser = load_command_class("dashboards", command).create_parser("manage.py", command)
    every = {option for action in parser._actions for option in action.option_strings}
    plain = BaseCommand().create_parser("manage.py", command)
    for option in every - {option for action in plain._actions for option in action.option_strings}:
        assert f"`{option}" in PAGE or f"    {option} " in PAGE, option
