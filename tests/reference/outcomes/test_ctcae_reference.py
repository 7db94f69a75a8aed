"""The catalog against NCI's list: CTCAE 5.0, and the laboratory terms of every version."""

import csv

import pytest

from outcomes import catalog

GRADES = range(1, 6)


def graded(row):
    return tuple(grade for grade in GRADES if row[f"grade{grade}"] not in ("", "-"))


def rows(oracles, name):
    with (oracles / "ctcae" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_names_organ_classes_and_grades_are_those_of_5_0(oracles):
    published = {
        row["term"]: (row["soc"], graded(row)) for row in rows(oracles, "ctcae_v5_0_terms.csv")
    }
    ours = {term.name: (term.organ_class, term.grades) for term in catalog.terms("5.0")}
    assert {name: published.get(name) for name in ours} == ours


@pytest.mark.parametrize("version", catalog.VERSIONS)
def test_laboratory_terms_have_the_grades_of_their_version(oracles, version):
    published = {}
    for row in rows(oracles, "ctcae_lab_criteria_text.csv"):
        if row["version"] == version:
            # One term may have two sets of criteria, such as fasting glucose.
            name = row["term"].split(" (")[0]
            published[name] = tuple(sorted({*published.get(name, ()), *graded(row)}))
    ours = {term.name: term.grades for term in catalog.terms(version)}
    assert {name: ours.get(name) for name in published} == published
