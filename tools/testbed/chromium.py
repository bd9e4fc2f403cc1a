"""Which browser do the tests drive? The system's Chromium."""

from tools.testbed.programs import find

NAMES = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]


def chromium() -> str:
    """The path of the program; Missing if there is none."""
    return find(NAMES, package="chromium")
