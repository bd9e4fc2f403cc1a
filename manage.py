#!/usr/bin/env python
"""How is Pulso driven from a shell? `manage.py serve`, `runworker changes`, `import_csv`, `token`, …"""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "realtime.settings")
    execute_from_command_line(sys.argv)
