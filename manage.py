#!/usr/bin/env python
"""The command line of the site: `python manage.py help`."""

import gc
import os
import sys


def main() -> int | None:
    if sys.argv[1:2] == ["derive"]:
        # It reads and writes files: neither a database nor an installed site, and no time to load
        # them.
        from outcomes.files import command  # noqa: PLC0415

        # The process reads, computes and ends: looking for garbage took a tenth of the time.
        gc.disable()
        return command.main(sys.argv[2:])
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialsite.settings")
    execute_from_command_line(sys.argv)
    return None


if __name__ == "__main__":
    sys.exit(main())
