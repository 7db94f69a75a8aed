"""Stool collection, tubes and their custody."""

from microbiome.models.custody import Cell, CustodyEvent, Shipment
from microbiome.models.specimens import CollectionKit, Fixative, KitBatch, Material, Specimen
from microbiome.models.stool import StoolSample
from microbiome.models.storage import Box, Laboratory

__all__ = [
    "Box",
    "Cell",
    "CollectionKit",
    "CustodyEvent",
    "Fixative",
    "KitBatch",
    "Laboratory",
    "Material",
    "Shipment",
    "Specimen",
    "StoolSample",
]
