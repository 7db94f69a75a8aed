"""The microbiome engine on CSV files, for whoever wants to check it against R.

`manage.py` calls the program itself, without Django; here is the same for `call_command` and for
the list of commands.
"""

from core.management.on_files import OnFiles
from microbiome.files.command import PROGRAM


class Command(OnFiles):
    help = PROGRAM.purpose
    program = PROGRAM
