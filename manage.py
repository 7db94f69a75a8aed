#!/usr/bin/env python
"""The command line of the site: `python manage.py help`."""

import gc
import os
import sys
from importlib import import_module

ON_FILES = {"derive": "outcomes.files.command", "microbiome": "microbiome.files.command"}
"""Programs on files: they need neither a database nor an installed site, nor the time to load."""


def main() -> int | None:
    if module := ON_FILES.get("".join(sys.argv[1:2])):
        # One thread a process: more were slower on a busy machine, and added in another order.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        # The process reads, computes and ends: looking for garbage took a tenth of the time.
        gc.disable()
        code: int = import_module(module).PROGRAM.main(sys.argv[2:])
        return code
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialsite.settings")
    execute_from_command_line(sys.argv)
    return None


if __name__ == "__main__":
    sys.exit(main())
