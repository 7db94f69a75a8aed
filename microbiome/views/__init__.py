"""Pages of the microbiome."""
