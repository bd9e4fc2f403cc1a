"""Does each command load what it needs, and no more?"""

import subprocess
import sys

from tests.acceptance.cluster import ROOT


def output(*command: str) -> str:
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_runserver_speaks_asgi() -> None:
    assert "--noasgi" in output("manage.py", "runserver", "--help")  # an option of daphne's


def test_what_serves_and_works_has_no_twisted() -> None:
    """It would be a quarter of the time that a process takes to start, and fifteen megabytes."""
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'realtime.settings'; import django; django.setup();"
        "import realtime.asgi, realtime.management.commands.serve, realtime.management.commands.runworker;"
        "print('twisted' in sys.modules)"
    )
    assert output("-c", script) == "False\n"
