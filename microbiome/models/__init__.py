"""Samples, and later what is measured in them."""

from microbiome.models.stool import StoolSample

__all__ = ["StoolSample"]
