import pandas as pd

from outcomes.calc.snapshot.accrual import summarize_accrual, summarize_flow

CUT = pd.Timestamp("2026-04-10")


def log(*rows):
    columns = ["site", "enrolled_on", "is_eligible", "ineligible_because"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(enrolled_on=pd.to_datetime(table["enrolled_on"]))


def accrual(patients):
    return summarize_accrual(patients, target=5, site_targets={"01": 3, "02": 2}, cut=CUT)


def test_months_without_enrollment_are_listed_up_to_the_cut():
    found = accrual(log(("01", "2026-01-31", True, ""), ("02", "2026-03-01", True, "")))
    assert [(row["month"], row["enrolled"], row["cumulative"]) for row in found["months"]] == [
        ("2026-01", 1, 1),
        ("2026-02", 0, 1),
        ("2026-03", 1, 2),
        ("2026-04", 0, 2),
    ]


def test_sites_share_the_months_and_count_their_own():
    found = accrual(
        log(
            ("01", "2026-03-31", True, ""),
            ("02", "2026-04-01", True, ""),
            ("02", None, False, "I01"),
        )
    )
    one, two = found["sites"]
    assert (one["site"], one["target"], one["screened"], one["enrolled"]) == ("01", 3, 1, 1)
    assert (two["site"], two["target"], two["screened"], two["enrolled"]) == ("02", 2, 2, 1)
    assert [row["cumulative"] for row in two["months"]] == [0, 1]


def test_nobody_enrolled_is_no_month():
    found = accrual(log(("01", None, False, "I01")))
    assert (found["enrolled"], found["months"]) == (0, [])


def subjects(*rows):
    table = pd.DataFrame(rows, columns=["subject", "first_dose_on", "death_date"])
    return table.assign(first_dose_on=pd.to_datetime(table["first_dose_on"]))


def ends(*rows):
    return pd.DataFrame(rows, columns=["subject", "reason"])


def test_flow_counts_each_station():
    patients = log(
        ("01", "2026-01-01", True, ""),
        ("01", "2026-01-02", True, ""),
        ("01", "2026-01-03", True, ""),
        ("01", None, True, ""),
        ("01", None, False, "I02, E01"),
        ("01", None, False, "E01"),
    )
    enrolled = subjects((0, "2026-01-02", "2026-04"), (1, "2026-01-03", None), (2, None, None))
    flow = summarize_flow(patients, enrolled, ends((0, "progression")), ends((0, "death")), cut=CUT)
    assert flow == {
        "screened": 6,
        "not_eligible": 2,
        "not_eligible_reasons": [{"reason": "E01", "n": 2}, {"reason": "I02", "n": 1}],
        "awaiting_enrollment": 1,
        "enrolled": 3,
        "treated": 2,
        "on_treatment": 1,
        "off_treatment": 1,
        "off_treatment_reasons": [{"reason": "progression", "n": 1}],
        "off_study": 1,
        "off_study_reasons": [{"reason": "death", "n": 1}],
        "died": 1,
    }


def test_death_after_the_cut_is_not_counted():
    enrolled = subjects((0, "2026-01-02", "2026-04-10"), (1, "2026-01-02", "2026-04-11"))
    flow = summarize_flow(log(), enrolled, ends(), ends(), cut=CUT)
    assert flow["died"] == 1
