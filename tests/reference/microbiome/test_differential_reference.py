"""Tests by feature on proportions, as R prints them with the normal approximation."""

import numpy as np
import pytest

from microbiome.calc.counts import proportions
from microbiome.calc.differential import adjusted, kruskal, rank_sum, signed_rank
from tests.reference.microbiome.conftest import DIGITS

GROUP = {"peerj32": "arm", "dietswap": "nationality"}


def places(study, features):
    names = list(study.counts.columns)
    return [names.index(feature) for feature in features]


def test_between_groups(study):
    expected = study.read("expected_diff")
    values = proportions(study.counts.to_numpy())
    groups = study.metadata[GROUP[study.name]].to_numpy(dtype=str)
    codes = np.unique(groups, return_inverse=True)[1]
    kept = places(study, expected["feature_id"])
    for tested, names in (
        (rank_sum(values, codes == 0), ("wilcox_W", "wilcox_p_normal_cc", "wilcox_bh_normal_cc")),
        (kruskal(values, codes), ("kruskal_H", "kruskal_p", "kruskal_bh")),
    ):
        p_bh, m = adjusted(tested.p)
        assert m == len(expected)
        for found, name in zip((tested.statistic, tested.p, p_bh), names, strict=True):
            assert np.allclose(found[kept], expected[name], **DIGITS), name


@pytest.mark.parametrize("arm", ["LGG", "Placebo"])
def test_change_within_patients(peerj32, arm):
    expected = peerj32.read(f"expected_paired_wilcoxon_{arm}_t2_vs_t1")
    values, rows = proportions(peerj32.counts.to_numpy()), peerj32.metadata
    rows = rows[rows["arm"] == arm].sort_values("participant")
    before, after = (rows.index[rows["time"] == time] for time in ("t1", "t2"))
    tested = signed_rank(values[after] - values[before])
    kept = places(peerj32, expected["feature_id"])
    p_bh = adjusted(tested.p)[0]
    for found, name in ((tested.statistic, "V"), (tested.p, "p_normal_cc"), (p_bh, "bh")):
        assert np.allclose(found[kept], expected[name], equal_nan=True, **DIGITS), name
