"""The process that `benchmarks.microbiome` starts: sparse made-up counts, CPU seconds."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Row
from microbiome.calc.alpha import alpha
from microbiome.calc.counts import centered_log_ratios
from microbiome.calc.differential import rank_sum
from microbiome.calc.distances import METRICS
from microbiome.calc.formula import parse_formula, term_columns
from microbiome.calc.groups import anosim, permdisp
from microbiome.calc.newick import Tree
from microbiome.calc.nmds import _Stress
from microbiome.calc.pca import pca
from microbiome.calc.pcoa import pcoa
from microbiome.calc.permanova import permanova
from microbiome.calc.permutations import free_orders
from microbiome.calc.unifrac import unweighted_unifrac

SIZES = ((200, 2_000), (1_000, 5_000))
FILLED = 0.23
PERMUTATIONS = 999
TARGETS = {
    "alpha, 10 indices": (0.1, 0.3),
    "Bray-Curtis": (0.04, 1.6),
    "Jaccard": (0.06, 3.3),
    "Aitchison": (0.015, 0.96),
    "unweighted UniFrac": (0.55, 60),
    "PCoA, 10 axes and all eigenvalues": (0.007, 0.15),
    "PERMANOVA, one factor": (0.03, 0.27),
    "PERMANOVA, arm * visit + age": (0.04, 0.64),
    "ANOSIM": (0.18, 4.9),
    "PERMDISP": (0.14, 3.9),
    "NMDS, one start": (0.17, 3.3),
    "PCA of log ratios": (0.04, 1.6),
    "rank sum of every feature": (0.35, 1.4),
}
"""Seconds for each size: what scikit-bio or SciPy took on two cores (vegan for PERMDISP)."""


def measure() -> Iterator[Row]:
    for place, (samples, features) in enumerate(SIZES):
        random = np.random.default_rng(1)
        size = (samples, features)
        counts = (random.random(size) < FILLED) * (1.0 + random.negative_binomial(0.5, 0.02, size))
        for name, action in _tasks(counts).items():
            label = f"{name}, {samples} × {features}"
            yield Row(label, _seconds(action), "s", TARGETS[name][place])
        yield _command(counts)


def _tasks(counts: Any) -> dict[str, Callable[[], object]]:
    samples = len(counts)
    distances = METRICS["braycurtis"](counts)
    orders = free_orders(samples, PERMUTATIONS, seed=1)
    data = {
        "arm": (np.arange(samples) % 2).astype(str),
        "visit": (np.arange(samples) // 2 % 2).astype(str),
        "age": np.random.default_rng(2).normal(60, 9, samples),
    }
    ratios = centered_log_ratios(counts)

    def test(formula: str) -> object:
        model = [(term, term_columns(term, data)) for term in parse_formula(formula)]
        return permanova(distances, model, orders)

    def start() -> object:
        return _Stress(distances, 2).lowest(np.random.default_rng(3).normal(size=(samples, 2)))

    features = [str(i) for i in range(counts.shape[1])]
    return {
        "alpha, 10 indices": partial(alpha, counts),
        "Bray-Curtis": partial(METRICS["braycurtis"], counts),
        "Jaccard": partial(METRICS["jaccard"], counts),
        "Aitchison": partial(METRICS["aitchison"], counts),
        "unweighted UniFrac": partial(unweighted_unifrac, counts, features, _tree(len(features))),
        "PCoA, 10 axes and all eigenvalues": partial(pcoa, distances, axes=10),
        "PERMANOVA, one factor": partial(test, "~ arm"),
        "PERMANOVA, arm * visit + age": partial(test, "~ arm * visit + age"),
        "ANOSIM": partial(anosim, distances, data["arm"], orders),
        "PERMDISP": partial(permdisp, distances, data["arm"], orders),
        "NMDS, one start": start,
        "PCA of log ratios": partial(pca, ratios, axes=10),
        "rank sum of every feature": partial(rank_sum, ratios, data["arm"] == "1"),
    }


def _tree(tips: int) -> Tree:
    """A full binary tree: node i has the children 2i + 1 and 2i + 2, the last ones are the tips."""
    nodes = 2 * tips - 1
    parent = [-1, *((node - 1) // 2 for node in range(1, nodes))]
    is_tip = [2 * node + 1 >= nodes for node in range(nodes)]
    label = [str(node - tips + 1) if tip else "" for node, tip in enumerate(is_tip)]
    return Tree(parent, [0.0, *[1.0] * (nodes - 1)], label, [False] * nodes, is_tip)


def _command(counts: Any) -> Row:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        head = ",".join(["id", *(f"f{i}" for i in range(counts.shape[1]))])
        rows = [f"s{i},{','.join(row)}" for i, row in enumerate(counts.astype(int).astype(str))]
        (folder / "C.csv").write_text("\n".join([head, *rows]))
        words = ["microbiome", "alpha", "--counts", str(folder / "C.csv")]
        words += ["--out", str(folder / "O.csv")]
        started = time.perf_counter()
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        passed = time.perf_counter() - started
    size = f"{counts.shape[0]} × {counts.shape[1]}"
    return Row(f"manage.py microbiome alpha, {size}", passed, "s", None, "start and reading, too")


def _seconds(action: Callable[[], object]) -> float:
    """The less of two runs: others share the machine."""
    times = []
    for _round in range(2):
        started = time.process_time()
        action()
        times.append(time.process_time() - started)
    return min(times)


if __name__ == "__main__":
    print(json.dumps([asdict(row) for row in measure()]))
