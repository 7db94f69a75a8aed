"""What this app stores: files made for a person to fetch."""

from reports.models.casebook import CasebookExport, CasebookFile

__all__ = ["CasebookExport", "CasebookFile"]
