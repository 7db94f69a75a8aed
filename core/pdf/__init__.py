"""Printed documents: a page frame, text in two scripts, facts, tables and signatures.

Importing this package loads reportlab, which no page but the printing ones needs. So the module
that makes a document imports it at its top, and the view loads that module with `core.lazy.load`.
"""

from core.pdf.document import Document
from core.pdf.frame import Frame, moment
from core.pdf.parts import Cell, Signature

__all__ = ["Cell", "Document", "Frame", "Signature", "moment"]
