"""One patient's complete record, without anything that tells the arm of a blinded trial."""

from reports.queries.casebook.book import Casebook, Entry, Filled, Grid, Line, Section, Stop
from reports.queries.casebook.collect import collect

__all__ = ["Casebook", "Entry", "Filled", "Grid", "Line", "Section", "Stop", "collect"]
