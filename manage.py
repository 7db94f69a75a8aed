#!/usr/bin/env python
"""The command line of the site: `python manage.py help`."""

import os
import sys

from django.core.management import execute_from_command_line

FILES_ONLY = {"derive"}
"""Commands that read and write files: they need neither a database nor an installed site."""

if __name__ == "__main__":
    if FILES_ONLY.intersection(sys.argv[1:2]) and "SECRET_KEY" not in os.environ:
        os.environ.setdefault("TRIALSITE_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialsite.settings")
    execute_from_command_line(sys.argv)
