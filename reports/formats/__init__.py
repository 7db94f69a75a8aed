"""The files that a table can be had as. Each is made of the CSV, which is the reference.

The heavy libraries are imported only where a file is made: by a worker or a command.
"""

from reports.formats.contents import Contents, Variable, contents_of
from reports.formats.formats import FILES_OF, Format, write

__all__ = ["FILES_OF", "Contents", "Format", "Variable", "contents_of", "write"]
