"""Alpha and beta diversity line by line."""

import numpy as np
import pytest

from microbiome.calc.alpha import alpha
from tests.reference.microbiome.conftest import DIGITS, METRICS

ALPHA = {
    "observed": "sobs",
    "chao1": "chao1",
    "ace": "ace",
    "shannon": "shannon_ln",
    "simpson": "simpson_1mD",
    "inv_simpson": "inv_simpson",
    "pielou": "pielou_ln",
    "goods_coverage": "goods_coverage",
}


def test_alpha(study):
    found, expected = alpha(study.counts.to_numpy()), study.read("expected_alpha")
    for name, column in ALPHA.items():
        assert np.allclose(getattr(found, name), expected[column], **DIGITS), name
    assert np.allclose(1 - found.simpson_d, expected["simpson_1mD_unbiased"], **DIGITS)


@pytest.mark.parametrize("name", METRICS)
def test_beta(study, name):
    expected = study.read("expected_beta")
    place = {sample: i for i, sample in enumerate(study.counts.index)}
    a, b = (expected[column].map(place).to_numpy() for column in "ab")
    assert np.allclose(study.distances(name)[a, b], expected[name], **DIGITS)
