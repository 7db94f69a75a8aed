"""How many were enrolled, by month and site, and where everybody stands."""

from collections.abc import Mapping, Sequence

import pandas as pd

from outcomes.calc.snapshot.summary import Accrual, Flow, MonthOfAccrual, Reason, SiteAccrual


def summarize_accrual(
    patients: pd.DataFrame, *, target: int, site_targets: Mapping[str, int], cut: pd.Timestamp
) -> Accrual:
    """`patients`: the screening log, with site and enrolled_on. Sites stand as in the targets."""
    enrolled = patients.dropna(subset="enrolled_on")
    first = enrolled["enrolled_on"].min()
    months = (
        [str(month) for month in pd.period_range(first, cut, freq="M")] if len(enrolled) else []
    )
    return Accrual(
        target=target,
        enrolled=len(enrolled),
        months=_months(enrolled["enrolled_on"], months),
        sites=[
            SiteAccrual(
                site=site,
                target=site_target,
                screened=int((patients["site"] == site).sum()),
                enrolled=int((enrolled["site"] == site).sum()),
                months=_months(enrolled.loc[enrolled["site"] == site, "enrolled_on"], months),
            )
            for site, site_target in site_targets.items()
        ],
    )


def _months(days: pd.Series, months: Sequence[str]) -> list[MonthOfAccrual]:
    counts = days.dt.strftime("%Y-%m").value_counts()
    rows: list[MonthOfAccrual] = []
    total = 0
    for month in months:
        number = int(counts.get(month, 0))
        total += number
        rows.append(MonthOfAccrual(month=month, enrolled=number, cumulative=total))
    return rows


def summarize_flow(
    patients: pd.DataFrame,
    subjects: pd.DataFrame,
    ends_of_treatment: pd.DataFrame,
    ends_of_study: pd.DataFrame,
    *,
    cut: pd.Timestamp,
) -> Flow:
    """Counts of people. `died` are deaths that can have been by the cut, with a form."""
    treated = subjects.loc[subjects["first_dose_on"].notna(), "subject"]
    off = ends_of_treatment[ends_of_treatment["subject"].isin(treated)]
    not_eligible = patients[~patients["is_eligible"].astype(bool)]
    return Flow(
        screened=len(patients),
        not_eligible=len(not_eligible),
        not_eligible_reasons=_reasons(
            not_eligible["ineligible_because"].str.split(",").explode().str.strip()
        ),
        awaiting_enrollment=len(patients) - len(not_eligible) - len(subjects),
        enrolled=len(subjects),
        treated=len(treated),
        on_treatment=len(treated) - len(off),
        off_treatment=len(off),
        off_treatment_reasons=_reasons(off["reason"]),
        off_study=len(ends_of_study),
        off_study_reasons=_reasons(ends_of_study["reason"]),
        died=int(died_by(subjects["death_date"], cut).notna().sum()),
    )


def died_by(deaths: pd.Series, cut: pd.Timestamp) -> pd.Series:
    """Days of death as entered (`2026`, `2026-11`, a day); missing if they begin after the cut."""
    known = deaths.dropna().astype(str)
    last_day = cut.date().isoformat()
    return known[[day <= last_day[: len(day)] for day in known]].reindex(deaths.index)


def _reasons(values: pd.Series) -> list[Reason]:
    """Most frequent first, then by name."""
    counts = values[values.fillna("") != ""].value_counts()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return [Reason(reason=str(reason), n=int(number)) for reason, number in ordered]
