"""Two public data sets with the answers of R 4.2 and vegan 2.6."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microbiome.calc import distances

METRICS = {
    "braycurtis": "braycurtis",
    "braycurtis_counts": "braycurtis-counts",
    "jaccard_binary": "jaccard",
    "aitchison_pseudo_half": "aitchison",
}
"""Names in the reference files to ours."""
DIGITS = {"rtol": 6e-10, "atol": 1e-9}
"""The reference files have ten significant digits."""


@dataclass(frozen=True)
class Study:
    folder: Path

    @property
    def name(self):
        return self.folder.name

    def read(self, name):
        return pd.read_csv(self.folder / f"{name}.csv", keep_default_na=False, na_values=["NaN"])

    @property
    def counts(self):
        return self.read("counts").set_index("sample_id").astype(float)

    @property
    def metadata(self):
        return self.read("metadata")

    def distances(self, name):
        return distances.METRICS[METRICS[name]](self.counts.to_numpy())

    def permutations(self, name):
        return np.loadtxt(self.folder / f"permutations_{name}.csv", delimiter=",", dtype=int) - 1


@pytest.fixture(scope="session", params=["peerj32", "dietswap"])
def study(request, oracles):
    return Study(oracles / "microbiome" / request.param)


@pytest.fixture(scope="session")
def peerj32(oracles):
    return Study(oracles / "microbiome" / "peerj32")
