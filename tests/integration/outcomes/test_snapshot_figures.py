"""What the night stores of each patient for the figures. Numbers are worked out by hand."""

from datetime import date

from tests.integration.outcomes.test_snapshot import CUT, night, rows, three_patients  # noqa: F401


def of(snapshot, name, criteria="recist_1_1"):
    return {
        row["patient"]: row
        for row in rows(snapshot, name)
        if row.get("criteria") in (criteria, None)
    }


def test_best_change_ends_with_progression(night, tell):  # noqa: F811
    # Sums 100, 80 (-20 %), then a new lesion with 130 (PD), then 40 mm, which no longer counts.
    tell("A01-001").scan(-7, 100).scan(42, 80).scan(84, 130).scan(126, 40)
    change = of(night(), "tumor_changes")["A01-001"]
    assert (change["best_change_pct"], change["best_change_visit"]) == ("-20", "V3")
    assert (change["best_change_date"], change["best_sum_mm"]) == ("2026-02-12", "80")
    assert change["why_none"] == ""


def test_growth_may_be_the_best_change(night, tell):  # noqa: F811
    tell("A01-001").scan(-7, 50).scan(42, 55).scan(84, 90)
    assert of(night(), "tumor_changes")["A01-001"]["best_change_pct"] == "10"


def test_patient_without_a_scan_says_why(night, tell):  # noqa: F811
    tell("A01-001").scan(-7, 50)
    change = of(night(), "tumor_changes")["A01-001"]
    assert (change["best_change_pct"], change["why_none"]) == ("", "NO_ASSESSMENT")


def test_disposition_agrees_with_the_flow(night, three_patients):  # noqa: F811
    snapshot = night()
    people, flow = of(snapshot, "disposition"), snapshot.summary["flow"]
    assert len(people) == flow["screened"] == 3
    assert [row["is_dead"] for row in people.values()] == ["N", "Y", "N"]
    assert sum(row["first_dose_on"] != "" for row in people.values()) == flow["treated"]
    assert people["A01-002"]["death_date"] == "2026-03-11"
    members = [row["patient"] for row in people.values() if "treated" in row["populations"].split()]
    assert len(members) == snapshot.summary["population"]["n"]


def test_death_after_the_cut_is_not_known_yet(night, three_patients):  # noqa: F811
    people = of(night(date(2026, 3, 10)), "disposition")
    assert people["A01-002"]["is_dead"] == "N"
    assert of(night(CUT), "disposition")["A01-002"]["is_dead"] == "Y"


def test_rates_of_subgroups_add_up(night, three_patients):  # noqa: F811
    found = [
        row
        for row in rows(night(), "subgroup_rates")
        if (row["population"], row["criteria"]) == ("treated", "recist_1_1")
    ]
    numbers = {(row["factor"], row["level"]): (row["responders"], row["n"]) for row in found}
    assert numbers["all", "all"] == ("1", "3")
    assert (numbers["site", "01"], numbers["site", "02"]) == (("1", "2"), ("0", "1"))
    assert numbers["age", "65-or-older"] == ("1", "3")  # born in 1960
