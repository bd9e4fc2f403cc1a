"""Do links and commands in the documents lead somewhere?"""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path) -> None:
    text = document.read_text()
    for name in re.findall(r"manage\.py (\w+)", text):
        assert name in get_commands(), name
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for name in re.findall(r"^(?:\w+=\S+ )*make ([a-z-]+)", text, re.MULTILINE):
        assert name in targets, name


def test_the_version_stands_in_the_changelog() -> None:
    assert f"## {settings.VERSION}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("package", ["dashboards", "notifications", "realtime", "realtime/protocol", "realtime/hub"])
def test_architecture_names_every_package(package: str) -> None:
    assert f"`{package}/`" in (ROOT / "docs/architecture.md").read_text()
