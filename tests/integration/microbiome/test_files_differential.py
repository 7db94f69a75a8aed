"""`manage.py microbiome differential`, `rarefaction` and `rarefy`."""

import numpy as np
import pytest
from django.core.management import CommandError

COLUMNS = [
    *["feature", "test", "values", "n", "statistic", "p", "p_bh", "m"],
    *["median_difference", "log2_fold_change"],
]
PATIENTS = 8
CHANGE = ("--patient", "patient", "--visit", "visit", "--from", "1", "--to", "2")


@pytest.fixture
def study(file):
    """Feature a doubles in arm A only, b is never there, c fills up."""
    counts, rows = ["id,a,b,c"], ["id,patient,visit,arm"]
    for i in range(PATIENTS):
        arm = "AB"[i % 2]
        for visit in (1, 2):
            a = 10 + i + (10 + i) * (arm == "A" and visit == 2)
            counts.append(f"s{i}.{visit},{a},0,{100 - a}")
            rows.append(f"s{i}.{visit},P{i},{visit},{arm}")
    return file("C.csv", "\n".join(counts)), "--metadata", file("M.csv", "\n".join(rows))


def test_change_within_patients(analyze, study, capsys):
    found = analyze("differential", *study, "--only", "arm=A", "--values", "proportions", *CHANGE)
    assert list(found) == COLUMNS
    a, _c = found.to_dict("records")
    assert (a["n"], a["statistic"], a["m"]) == (4, 10, 2)
    assert a["log2_fold_change"] == pytest.approx(1)
    assert a["median_difference"] == pytest.approx(0.13)
    said = capsys.readouterr().err
    assert "8 of 16 samples have arm=A" in said
    assert "in no compared sample, left out: 1 of 3 features" in said
    assert "signed-rank on proportions, Benjamini-Hochberg over 2 features" in said


def test_changes_between_arms(analyze, study, capsys):
    found = analyze("differential", *study, "--group", "arm", *CHANGE)
    assert found["test"][0] == "rank-sum"
    assert found["n"][0] == PATIENTS
    assert found["statistic"][0] == 16
    assert found["median_difference"][0] < 0
    assert found["log2_fold_change"].isna().all()
    assert "differences and fold changes are B less A" in capsys.readouterr().err


@pytest.mark.parametrize("test", ["rank-sum", "kruskal", "welch"])
def test_samples_between_groups(analyze, study, test):
    options = ("--group", "arm", "--only", "visit=2", "--test", test, "--values", "log")
    found = analyze("differential", *study, *options)
    assert (found["test"][0], found["n"][0]) == (test, PATIENTS)
    assert found["log2_fold_change"][0] == pytest.approx(np.log2(14 / 26))
    assert found["median_difference"][0] < 0


def test_several_groups_are_for_kruskal(analyze, study):
    options = ("--group", "patient", "--test")
    assert analyze("differential", *study, *options, "kruskal")["p"].notna().any()
    with pytest.raises(CommandError, match="rank-sum compares two groups, not 8; use kruskal"):
        analyze("differential", *study, *options, "rank-sum")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "A change within patients needs --patient, --visit, --from and --to"),
        (("--test", "welch"), "welch needs --group"),
        (("--test", "signed-rank", "--group", "arm"), "signed-rank takes no --group"),
        (("--only", "arm=C"), "No sample has arm=C"),
        ((*CHANGE[:-1], "9"), "No patient has both samples"),
        (("--patient", "arm", *CHANGE[2:]), "Patient A has two samples at 1: s0.1 and s2.1"),
        (("--group", "visit", *CHANGE), "Patient P0 is in two groups of visit"),
        (("--group", "arm", "--only", "arm=A"), "one group only"),
    ],
)
def test_what_cannot_be_compared_is_refused(analyze, study, options, reason):
    with pytest.raises(CommandError, match=reason):
        analyze("differential", *study, *options)


def test_who_lacks_a_visit_is_named(analyze, file, capsys):
    counts = file("C.csv", "id,a,b\n1,1,2\n2,3,1\n3,2,2\n")
    metadata = file("M.csv", "id,patient,visit\n1,P1,1\n2,P1,2\n3,P2,1\n")
    assert analyze("differential", counts, "--metadata", metadata, *CHANGE)["n"][0] == 1
    assert "left out, having one of the two samples: P2" in capsys.readouterr().err


def test_rarefaction_says_who_is_lost(analyze, file, capsys):
    counts = file("C.csv", "id,a,b\ns1,3,1\ns2,1,0\n")
    found = analyze("rarefaction", counts, "--depths", 1, 2)
    assert found["sample"].tolist() == ["s1", "s2", "s1", "s2"]
    assert found["depth"].tolist() == [1, 1, 2, 2]
    assert found["observed"].tolist() == pytest.approx([1, 1, 1.5, np.nan], nan_ok=True)
    assert "fewer than 2 reads: s2" in capsys.readouterr().err


def test_rarefy_writes_a_table_that_can_be_read_again(analyze, file, tmp_path):
    counts = file("C.csv", "id,a,sample\ns1,30,10\ns2,9,20\ns3,1,0\n")
    found = analyze("rarefy", counts, "--depth", 20)
    assert found.iloc[:, 1:].sum(axis=1).tolist() == [20, 20]
    with pytest.raises(CommandError, match="No sample has 99 reads"):
        analyze("rarefy", counts, "--depth", 99)
