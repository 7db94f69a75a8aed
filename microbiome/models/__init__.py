"""Stool collection, tubes and their custody, imported tables and what is computed of them."""

from microbiome.models.custody import Cell, CustodyEvent, Shipment
from microbiome.models.results import Analysis, ImportedTable, TableSample
from microbiome.models.specimens import CollectionKit, Fixative, KitBatch, Material, Specimen
from microbiome.models.stool import StoolSample
from microbiome.models.storage import Box, Laboratory

__all__ = [
    "Analysis",
    "Box",
    "Cell",
    "CollectionKit",
    "CustodyEvent",
    "Fixative",
    "ImportedTable",
    "KitBatch",
    "Laboratory",
    "Material",
    "Shipment",
    "Specimen",
    "StoolSample",
    "TableSample",
]
