"""The engine on CSV files: what the night computes, for whoever wants to check it elsewhere.

`manage.py` calls the program itself, without Django; here is the same for `call_command` and for
the list of commands.
"""

from core.management.on_files import OnFiles
from outcomes.files.command import PROGRAM


class Command(OnFiles):
    help = PROGRAM.purpose
    program = PROGRAM
