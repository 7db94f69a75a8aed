"""How much of the treatment was given: dose intensity and compliance.

Relative dose intensity is the dose given per day of treatment in percent of the dose planned per
day (Hryniuk and Bush 1984, J Clin Oncol 2:1281). Treatment lasts from the first day 1 to the
planned end of the last course that began: a delay lowers the intensity, a stop for good does not.
"""

from collections.abc import Sequence

import pandas as pd

from outcomes.calc.snapshot.safety_summary import DecisionCount, Exposure, TreatmentExposure
from outcomes.calc.snapshot.spread import spread

CAPSULES = "capsules"
"""Stands for the investigational product, as in the log of dose decisions."""
NOT_GIVEN = ("held",)
ENDED = ("stopped",)

COLUMNS = [
    "subject",
    "treatment",
    "courses",
    "first_on",
    "days",
    "planned_days",
    "planned_dose",
    "planned_by",
    "given",
    "unit",
    "relative_pct",
    "due",
    "taken",
    "compliance_pct",
]


def exposure_by_patient(courses: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """One row per subject and treatment, with the columns of `COLUMNS`.

    `courses`, `doses`: as `Inputs` has them. `planned_dose` is that of one course: by the product,
    by body weight, or where the definition gives a drug no number, the patient's first dose
    (`planned_by`: product, weight, first dose). `given` adds up all courses. Where the dose of one
    course is unknown, it is missing, and the intensity with it. `due`, `taken` and the compliance
    are those of the capsules.
    """
    parts = [_capsules(courses), _drugs(doses)]
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    # Given per day over planned per day, as one division: whole percents stay whole.
    given, planned = rows["given"] * rows["planned_days"], rows["planned_dose"] * rows["courses"]
    rows["relative_pct"] = (100 * given / (planned * rows["days"])).where(planned > 0)
    rows["compliance_pct"] = (100 * rows["taken"] / rows["due"]).where(rows["due"] > 0)
    return rows[COLUMNS].sort_values("subject", kind="stable", ignore_index=True)


def _capsules(courses: pd.DataFrame) -> pd.DataFrame:
    rows = _per_patient(courses.assign(treatment=CAPSULES, day=courses["started_on"]))
    by_person = courses.groupby("subject")
    rows["planned_dose"] = rows["subject"].map(by_person["planned"].last()).astype(float)
    rows["given"] = rows["subject"].map(by_person["taken"].agg(_whole_sum)).astype(float)
    rows["due"] = rows["subject"].map(by_person["due"].sum()).astype(float)
    rows["taken"] = rows["given"]
    return rows.assign(planned_by="product", unit="capsules")


def _drugs(doses: pd.DataFrame) -> pd.DataFrame:
    """A dose that was held counts as 0; the row that stops a drug ends its treatment."""
    counted = doses[~doses["change"].isin(ENDED)].rename(columns={"drug": "treatment"})
    is_held = counted["change"].isin(NOT_GIVEN)
    counted = counted.assign(dose_mg=counted["dose_mg"].mask(is_held, 0.0))
    rows = _per_patient(counted)
    keys = ["subject", "treatment"]
    by_drug = counted.groupby(keys)
    given = counted[~is_held].dropna(subset="dose_mg")
    wanted = {
        "given": by_drug["dose_mg"].agg(_whole_sum),
        "by_weight": by_drug["planned_mg"].first(),
        "first_dose": given.groupby(keys)["dose_mg"].first(),
    }
    for name, values in wanted.items():
        rows = rows.merge(values.astype(float).rename(name), how="left", on=keys)
    rows["planned_dose"] = rows["by_weight"].fillna(rows["first_dose"])
    has_weight = rows["by_weight"].notna()
    rows["planned_by"] = has_weight.map({True: "weight", False: "first dose"})
    return rows.assign(unit="mg", due=float("nan"), taken=float("nan"))


def _per_patient(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows`: subject, treatment, day, course_days; one for each course."""
    found = (
        rows.groupby(["subject", "treatment"])
        .agg(
            courses=("day", "size"),
            first_on=("day", "min"),
            last_on=("day", "max"),
            course_days=("course_days", "last"),
        )
        .reset_index()
    )
    span = (found["last_on"] - found["first_on"]).dt.days
    found["days"] = span + found["course_days"]
    found["planned_days"] = found["courses"] * found["course_days"]
    return found


def _whole_sum(values: pd.Series) -> float:
    return float(values.sum(skipna=False))


def summarize_exposure(
    rows: pd.DataFrame,
    decisions: pd.DataFrame,
    *,
    treatments: Sequence[str],
) -> Exposure:
    """`rows`: of `exposure_by_patient`, `decisions`: subject, treatment, action; of the population.

    `treatments`: the capsules and the drugs of the definition, in the order in which they stand.
    """
    given = [
        _treatment(name, rows[rows["treatment"] == name], decisions[decisions["treatment"] == name])
        for name in treatments
    ]
    return Exposure(
        treatments=[part for part in given if part["patients"]],
        compliance=_sorted(rows.loc[rows["treatment"] == CAPSULES, "compliance_pct"]),
    )


def _treatment(name: str, rows: pd.DataFrame, decisions: pd.DataFrame) -> TreatmentExposure:
    people = decisions.groupby("action")["subject"].nunique()
    return TreatmentExposure(
        treatment=name,
        patients=len(rows),
        unknown=int(rows["relative_pct"].isna().sum()),
        courses=spread(rows["courses"]),
        intensity=spread(rows["relative_pct"]),
        intensities=_sorted(rows["relative_pct"]),
        compliance=spread(rows["compliance_pct"]),
        decisions=[
            DecisionCount(action=str(action), patients=int(number))
            for action, number in people.items()
        ],
    )


def _sorted(values: pd.Series) -> list[float]:
    return sorted(float(value) for value in values.dropna())
