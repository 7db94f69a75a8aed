"""`manage.py microbiome` with distances and models: columns, refusals, what is said."""

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError

random = np.random.default_rng(1)
SAMPLES = [f"s{i}" for i in range(12)]


@pytest.fixture
def counts(file):
    table = pd.DataFrame(random.poisson(3, (12, 6)) + 1, columns=list("abcdef"))
    return file("C.csv", table.assign(id=SAMPLES).set_index("id").to_csv())


@pytest.fixture
def metadata(file):
    rows = [
        f"{sample},P{i // 2},{'AB'[i // 6]},{i % 2 + 1},{50 + i}"
        for i, sample in enumerate(SAMPLES)
    ]
    return file(
        "M.csv", "\n".join(["name,patient,arm,visit,age", *reversed(rows), "other,P9,A,1,3"])
    )


def orders(file, *rows):
    return file("P.csv", "".join(",".join(map(str, row)) + "\n" for row in rows))


def test_pcoa_scores_and_eigenvalues(analyze, counts, tmp_path, capsys):
    found = analyze("pcoa", counts, "--axes", 2, "--eigenvalues", tmp_path / "E.csv")
    assert list(found) == ["sample", "PCo1", "PCo2"]
    values = pd.read_csv(tmp_path / "E.csv")
    assert list(values) == ["axis", "eigenvalue", "share_of_positive", "share_of_trace"]
    assert len(values) == 12
    assert values["share_of_positive"].sum() == pytest.approx(1)
    assert "shares are of the positive sum" in capsys.readouterr().err


def test_nmds_scores_stress_and_starts(analyze, counts, tmp_path):
    found = analyze("nmds", counts, "--seed", 3, "--shepard", tmp_path / "S.csv")
    assert list(found) == ["sample", "NMDS1", "NMDS2", "stress", "starts", "reached_best", "seed"]
    assert found["starts"][0] >= 21
    assert found["seed"][0] == 3
    assert list(pd.read_csv(tmp_path / "S.csv")) == ["a", "b", "given", "shown", "fitted"]


@pytest.mark.parametrize("command", ["pcoa", "nmds"])
def test_identical_samples_are_refused(analyze, file, command):
    with pytest.raises(CommandError, match="All samples are identical"):
        analyze(command, file("C.csv", "id,a,b\nx,1,2\ny,1,2\nz,2,4\n"))


def test_permanova_columns_and_terms(analyze, counts, metadata, capsys):
    options = ("--metadata", metadata, "--formula", "~ arm * visit + age", "--number", 19)
    found = analyze("permanova", counts, *options)
    assert ",".join(found) == "term,df,ss,r2,f,p"
    assert found["term"].tolist() == ["arm", "visit", "age", "arm:visit", "Residual", "Total"]
    assert found["df"].tolist() == [1, 1, 1, 1, 7, 11]
    assert (found["p"].dropna() * 20 % 1).round(9).isin([0, 1]).all()
    said = capsys.readouterr().err
    assert "note: 1 samples of M.csv are not in C.csv" in said
    assert "note: 19 permutations, seed 1" in said


def test_labels_of_numbers(analyze, counts, metadata):
    options = ("--metadata", metadata, "--formula", "~ factor(age)", "--number", 9)
    assert analyze("permanova", counts, *options)["df"].tolist() == [11, 0, 11]


def test_strata_say_what_they_cannot_test(analyze, counts, metadata, capsys):
    options = ("--metadata", metadata, "--formula", "~ arm + visit", "--number", 19)
    analyze("permanova", counts, *options, "--strata", "patient")
    said = capsys.readouterr().err
    assert "19 permutations within patient, seed 1" in said
    assert "arm does not vary within patient" in said
    assert "visit does not vary" not in said
    analyze("permanova", counts, *options, "--whole", "patient")
    assert "19 permutations of each patient whole, seed 1" in capsys.readouterr().err


def test_permutations_from_a_file(analyze, counts, metadata, file):
    first = list(range(1, 13))
    swapped = [2, 1, *range(3, 13)]
    options = ("--metadata", metadata, "--formula", "~ visit", "--permutations")
    found = analyze("permanova", counts, *options, orders(file, first, first, swapped))
    assert found["p"][0] in (0.75, 1)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[1, 2]], "P.csv, line 1: the permutation must have each number from 1 to 12 once"),
        ([["V1", "V2"]], "must hold whole numbers only"),
        ([], "there are no permutations"),
        ([[3, 2, 1, *range(4, 13)]], "moves sample 3 into another stratum"),
    ],
)
def test_bad_permutations_are_refused(analyze, counts, metadata, file, rows, reason):
    options = ("--metadata", metadata, "--formula", "~ visit", "--strata", "patient")
    with pytest.raises(CommandError, match=reason):
        analyze("permanova", counts, *options, "--permutations", orders(file, *rows))


@pytest.mark.parametrize(
    ("rows", "formula", "reason"),
    [
        ("s0,A,1\n", "~ arm", "C.csv, line 3: sample s1: it is not in M.csv"),
        ("s0,A,1\ns0,A,1\ns1,B,2\n", "~ arm", "M.csv, line 3: the sample s0 is there twice"),
        ("s0,A,1\ns1,,2\n", "~ arm", "M.csv, line 3: arm is empty"),
        ("s0,A,1\ns1,B,NA\n", "~ age", "M.csv, line 3: age must be a number, and is NA"),
        ("s0,A,1\ns1,B,2\n", "~ sex", "M.csv, line 1: the column sex is missing"),
        ("s0,A,1\ns1,A,2\n", "~ arm", "one group only"),
        ("s0,A,1\ns1,B,2\n", "arm", "A formula begins with ~"),
    ],
)
def test_metadata_that_cannot_be_used(analyze, file, rows, formula, reason):
    counts = file("C.csv", "id,a,b\ns0,1,2\ns1,3,1\n")
    metadata = file("M.csv", "id,arm,age\n" + rows)
    with pytest.raises(CommandError, match=reason):
        analyze("permanova", counts, "--metadata", metadata, "--formula", formula)


def test_permuting_single_samples_of_patients_is_refused(analyze, counts, metadata):
    options = ("--metadata", metadata, "--formula", "~ arm", "--strata", "name")
    with pytest.raises(CommandError, match="moves no sample"):
        analyze("permanova", counts, *options)


def test_permdisp_and_anosim(analyze, counts, metadata):
    options = ("--metadata", metadata, "--group", "arm", "--number", 19)
    found = analyze("permdisp", counts, *options)
    assert list(found) == ["group", "samples", "mean_distance", "f", "p_parametric", "p"]
    assert found["samples"].tolist() == [6, 6]
    assert list(analyze("anosim", counts, *options)) == ["r", "p"]


def test_pca_tables(analyze, counts, tmp_path):
    files = ("--loadings", tmp_path / "L.csv", "--sdev", tmp_path / "S.csv")
    found = analyze("pca", counts, "--clr", "--axes", 2, *files)
    assert list(found) == ["sample", "PC1", "PC2"]
    loadings = pd.read_csv(tmp_path / "L.csv")
    assert list(loadings) == ["feature", "PC1", "PC2"]
    assert loadings["feature"].tolist() == list("abcdef")
    assert list(pd.read_csv(tmp_path / "S.csv")) == ["component", "sdev", "variance", "share"]


def test_pca_transforms_and_scales(analyze, file, tmp_path, capsys):
    table = file("C.csv", "id,a,b,c\ns0,1,1,5\ns1,3,2,5\ns2,7,8,5\n")
    sdev = tmp_path / "S.csv"
    analyze("pca", table, "--log1p", "--scale", "--sdev", sdev)
    assert pd.read_csv(sdev)["variance"].sum() == pytest.approx(2)
    assert "1 constant features left out" in capsys.readouterr().err
    analyze("pca", table, "--log2", "--pareto", "--sdev", sdev)
    logs = np.log2([[1, 1], [3, 2], [7, 8]])
    assert pd.read_csv(sdev)["variance"].sum() == pytest.approx(logs.std(axis=0, ddof=1).sum())
    with pytest.raises(CommandError, match="b is 0 and has no logarithm"):
        analyze("pca", file("Z.csv", "id,a,b\ns0,1,0\ns1,2,2\n"), "--log2")


def test_negative_numbers_are_for_pca_without_a_transform(analyze, file):
    table = file("C.csv", "id,a,b\ns0,-1,0\ns1,2,2\n")
    assert len(analyze("pca", table, "--no-center")) == 2
    with pytest.raises(CommandError, match="a must not be negative"):
        analyze("pca", table, "--log1p")
