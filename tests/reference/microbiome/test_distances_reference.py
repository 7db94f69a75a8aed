"""Ordinations and tests on distances: exact p-values on stored permutations."""

import numpy as np
import pytest

from microbiome.calc.counts import centered_log_ratios
from microbiome.calc.formula import parse_formula, term_columns
from microbiome.calc.groups import anosim, permdisp
from microbiome.calc.nmds import nmds
from microbiome.calc.pca import pca
from microbiome.calc.pcoa import pcoa
from microbiome.calc.permanova import permanova
from tests.reference.microbiome.conftest import DIGITS

PCOA = ["braycurtis", "jaccard_binary", "aitchison_pseudo_half"]
GROUP = {"peerj32": "arm", "dietswap": "nationality"}


@pytest.mark.parametrize("name", PCOA)
def test_pcoa(study, name):
    found = pcoa(study.distances(name), axes=3)
    expected = study.read(f"pcoa_{name}_eigenvalues")
    size = expected["eigenvalue"].max()
    assert np.allclose(found.eigenvalues, expected["eigenvalue"], rtol=6e-10, atol=1e-9 * size)
    assert np.allclose(found.shares, expected["prop_of_positive"], **DIGITS)
    scores = study.read(f"pcoa_{name}_scores").iloc[:, 1:].to_numpy()
    assert np.allclose(np.abs(found.scores), np.abs(scores), rtol=6e-10, atol=1e-8)
    summary = study.read("pcoa_summary").set_index("distance").loc[name]
    assert found.negative_sum == pytest.approx(summary["sum_negative"], rel=6e-10, abs=1e-9 * size)


def test_permanova_with_stored_permutations(study):
    data = {name: study.metadata[name].to_numpy(dtype=str) for name in study.metadata}
    for (test, by), rows in study.read("permanova").groupby(["test", "by"], sort=False):
        formula, kind = test.split(" ")
        metric, right = formula.split("~")
        model = [(term, term_columns(term, data)) for term in parse_formula(f"~{right}")]
        orders = study.permutations(kind.replace("-", "_"))
        found = permanova(study.distances(metric), model, orders, by=by)
        assert [(line.term, line.df) for line in found] == list(
            zip(rows["term"], rows["Df"], strict=True)
        )
        for line, row in zip(found, rows.to_dict("records"), strict=True):
            assert (line.ss, line.r2) == pytest.approx((row["SumOfSqs"], row["R2"]), rel=6e-10)
            if line.f is not None:
                assert line.f == pytest.approx(row["F"], rel=1e-9)
                assert line.p == pytest.approx(row["p"], abs=1e-12)


def test_anosim_with_stored_permutations(study):
    groups = study.metadata[GROUP[study.name]].to_numpy(dtype=str)
    for row in study.read("anosim").to_dict("records"):
        found = anosim(study.distances(row["distance"]), groups, study.permutations("free"))
        assert (found.r, found.p) == pytest.approx((row["R"], row["p"]), abs=1e-10)


def test_permdisp_with_stored_permutations(study):
    groups = study.metadata[GROUP[study.name]].to_numpy(dtype=str)
    for (metric, kind), rows in study.read("betadisper").groupby(["distance", "type"]):
        to_median = kind == "median"
        orders = study.permutations("free")
        found = permdisp(study.distances(metric), groups, orders, to_median=to_median)
        # R finds the median by a search that ends early.
        near = 1e-3 if to_median else 1e-8
        assert found.groups == rows["group"].tolist()
        assert np.allclose(found.mean_distances, rows["mean_distance"], rtol=near, atol=0)
        first = rows.iloc[0]
        assert found.f == pytest.approx(first["F"], rel=near)
        assert found.p_parametric == pytest.approx(first["p_parametric"], rel=near)
        assert found.p == pytest.approx(first["p_perm"], abs=1e-12)


def test_nmds_reaches_the_stress_of_vegan(peerj32):
    found = nmds(peerj32.distances("braycurtis"), axes=2, seed=1)
    best = peerj32.read("nmds_stress")["stress1_best_weakties"][0]
    assert found.stress <= best + 1e-4
    theirs = peerj32.read("nmds_braycurtis_scores").iloc[:, 1:].to_numpy()
    theirs = theirs - theirs.mean(axis=0)
    agreement = np.linalg.svd(found.scores.T @ theirs)[1].sum()
    assert agreement / np.linalg.norm(found.scores) / np.linalg.norm(theirs) > 0.9999


def _check_pca(study, name, table, scaling):
    found = pca(table, axes=3, scaling=scaling)
    assert np.allclose(found.sdev, study.read(f"{name}_sdev")["sdev"], rtol=6e-10, atol=1e-8)
    for kind, values in (("scores", found.scores), ("loadings", found.loadings)):
        expected = study.read(f"{name}_{kind}").iloc[:, 1:].to_numpy()
        assert np.allclose(np.abs(values), np.abs(expected), rtol=6e-10, atol=1e-8), kind


def test_pca_of_log_ratios(study):
    table = centered_log_ratios(study.counts.to_numpy())
    _check_pca(study, "prcomp_clr_pseudo_half_center", table, "none")


@pytest.mark.parametrize(("name", "scaling"), [("center", "none"), ("center_scale", "unit")])
def test_pca_of_lipids(peerj32, name, scaling):
    lipids = peerj32.read("lipids_log10").set_index("sample_id").to_numpy(dtype=float)
    _check_pca(peerj32, f"prcomp_lipids_{name}", lipids, scaling)
