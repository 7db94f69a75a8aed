"""What this app stores: files made for a person to fetch, and those of data cuts."""

from reports.models.casebook import CasebookExport, CasebookFile
from reports.models.cut import Cut, CutFile
from reports.models.table_export import TableExport

__all__ = ["CasebookExport", "CasebookFile", "Cut", "CutFile", "TableExport"]
