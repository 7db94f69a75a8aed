"""`manage.py microbiome alpha` and `beta`: columns, refusals, notes."""

import subprocess
import sys

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError

from microbiome.calc.counts import MOST_FEATURES
from microbiome.files.command import PROGRAM

COUNTS = "id,a,b,c\ns1,4,2,1\ns2,0,5,5\nNA,1,1,2\n"


def test_alpha_has_exactly_these_columns(analyze, file):
    found = analyze("alpha", file("C.csv", COUNTS))
    assert ",".join(found) == (
        "sample,observed,chao1,ace,ace1,shannon,simpson,simpson_d,inv_simpson,pielou,goods_coverage"
    )
    assert found["sample"].tolist() == ["s1", "s2", "NA"]
    assert found["observed"].tolist() == [3, 2, 3]


def test_alpha_says_what_is_not_defined(analyze, file, capsys):
    found = analyze("alpha", file("C.csv", "id,a,b\nempty,0,0\none,5,0\n"))
    assert found["shannon"].isna().tolist() == [True, False]
    said = capsys.readouterr().err
    assert "note: empty: the sample is empty\n" in said
    assert "note: one, pielou: the sample has one feature" in said
    assert "almost no sample has a singleton" in said


def test_alpha_in_bits_and_of_proportions(analyze, file):
    counts = file("C.csv", "id,a,b\ns,0.5,0.5\n")
    found = analyze("alpha", counts, "--proportions", "--shannon", "bits").iloc[0]
    assert found["shannon"] == pytest.approx(1)
    assert np.isnan(found["chao1"])
    with pytest.raises(CommandError, match=r"C.csv, line 2: a must be a whole number, and is 0.5"):
        analyze("alpha", counts)


def test_beta_pairs(analyze, file):
    found = analyze("beta", file("C.csv", COUNTS))
    assert list(found) == ["a", "b", "distance"]
    assert found[["a", "b"]].values.tolist() == [["s1", "s2"], ["s1", "NA"], ["s2", "NA"]]
    assert found["distance"][0] == pytest.approx(1 - (2 / 7 + 1 / 7))


def test_beta_by_unifrac(analyze, file):
    tree = file("T.nwk", "((a:1,b:2):1,c:3);")
    options = ("--metric", "unweighted-unifrac", "--tree", tree)
    found = analyze("beta", file("C.csv", COUNTS), *options)
    assert found["distance"][0] == pytest.approx(1 / 7)


@pytest.mark.parametrize(
    ("counts", "options", "reason"),
    [
        ("id,a\ns1,1\n", (), "one sample only"),
        ("id,a\ns1,1\ns2,0\n", (), "C.csv, line 3: sample s2: it is empty"),
        (COUNTS, ("--metric", "weighted-unifrac"), "UniFrac needs --tree"),
        (COUNTS, ("--min-samples", 4), "no feature is left"),
        ("id,a\ns1,0.5\ns2,1\n", ("--metric", "aitchison"), "whole number"),
    ],
)
def test_beta_refuses(analyze, file, counts, options, reason):
    with pytest.raises(CommandError, match=reason):
        analyze("beta", file("C.csv", counts), *options)


def test_bad_tree_is_named(analyze, file):
    tree = file("T.nwk", "(a:1,b:2,c:3);")
    with pytest.raises(CommandError, match=r"T.nwk, line 1: the tree is not rooted"):
        analyze("beta", file("C.csv", COUNTS), "--metric", "weighted-unifrac", "--tree", tree)


def test_too_many_features_until_rare_ones_are_left_out(analyze, file, capsys):
    number = MOST_FEATURES + 1
    header = ",".join(["id", *(f"f{i}" for i in range(number))])
    rows = [",".join([name, "1", *["1"] * (number - 2), last]) for name, last in ["a0", "b1"]]
    counts = file("C.csv", "\n".join([header, *rows]) + "\n")
    with pytest.raises(CommandError, match=r"20,001 features, more than 20,000"):
        analyze("beta", counts)
    assert len(analyze("beta", counts, "--min-samples", 2)) == 1
    assert "1 of 20001 features left out" in capsys.readouterr().err


def test_keep_going_lists_every_bad_row(file, tmp_path, capsys):
    words = ["alpha", "--counts", str(file("C.csv", "id,a\ns1,x\ns2,y\n"))]
    words += ["--out", str(tmp_path / "o.csv")]
    assert PROGRAM.main(words) == 1
    assert "1 more rows are wrong" in capsys.readouterr().err
    assert PROGRAM.main([*words, "--keep-going"]) == 1
    said = capsys.readouterr().err
    assert "line 2" in said
    assert "line 3" in said
    assert not (tmp_path / "o.csv").exists()


def test_it_starts_without_django(file, tmp_path):
    code = (
        "import sys; sys.argv[:] = ['manage.py', 'microbiome', 'alpha', '--counts', "
        f"{str(file('C.csv', COUNTS))!r}, '--out', {str(tmp_path / 'o.csv')!r}]\n"
        "import manage; assert manage.main() == 0\n"
        "print(*sorted({'django', 'pydantic', 'scipy', 'lifelines'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert (done.stdout, done.returncode) == ("\n", 0)
    assert (tmp_path / "o.csv").exists()
