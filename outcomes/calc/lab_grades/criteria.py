"""The numbers of CTCAE 4.03, 5.0 and 6.0, by term and unit.

Sources: NCI, Common Terminology Criteria for Adverse Events v4.03 (2010), v5.0 (2017), v6.0 (2025).
A step that holds only with a clinical clause says which; `grade_values` takes clauses at their
worst. Boundaries on which the text is open follow the admiral
reference program (1.4), which ONCOLOGY section 8 lists. A term without a unit is graded in any
unit, for its limits are those of the laboratory; 100 g/L and 10 g/dL are criteria of their own,
nothing is converted.
"""

from collections.abc import Mapping

from outcomes.calc.lab_grades.steps import (
    Step,
    Steps,
    by_symptoms,
    fixed,
    high,
    if_symptoms,
    low,
    scaled,
    times_upper,
    times_upper_or_baseline,
)

Criteria = Mapping[tuple[str, str], Mapping[str, Steps]]
"""(term, direction) → unit → steps; the unit "" stands for any."""

ANY = ""
VERSIONS = ("4.03", "5.0", "6.0")


def _count(steps: Steps) -> dict[str, Steps]:
    """Cells: thousands per microliter are 10^9/L; 10^3/mL is an old name for single ones."""
    return {"10^9/L": steps, "10^3/uL": steps, "10^3/mL": scaled(steps, 1000)}


_UPPER = (
    Step(3, ">", 1, "U", plus=40, when="baseline not high"),
    Step(2, ">", 1, "U", plus=20, when="baseline not high"),
    Step(1, ">", 1, "U", when="baseline not high"),
)
_HEMOGLOBIN_UP_4 = tuple(
    sorted(
        (
            *_UPPER,
            Step(3, ">", 1, "B", plus=40, when="baseline high"),
            Step(2, ">", 1, "B", plus=20, when="baseline high"),
            Step(1, ">", 1, "B", when="baseline high"),
        ),
        key=lambda step: -(step.grade or 0),
    )
)
_HEMOGLOBIN_UP = tuple(Step(**{**vars(step), "when": "always"}) for step in _UPPER)


def _fibrinogen(*, only_if_low: bool) -> Steps:
    """Grade 4 below 0.5 g/L too. A fall from baseline counts alone (4.03), or below L only."""
    steps = [Step(4, "<", 0.5)]
    for grade, share, fall in ((4, 0.25, -75.0), (3, 0.5, -50.0), (2, 0.75, -25.0)):
        steps.append(Step(grade, "<", share, "L"))
        steps.append(
            Step(grade, "<=", fall, "fall", is_optional=only_if_low, only_below_l=only_if_low)
        )
    steps.append(Step(1, "<", 1, "L"))
    if not only_if_low:
        steps.append(Step(1, "<", 0, "fall"))
    return tuple(steps)


def _inr(against: str) -> Steps:
    """By the limit U or by plain numbers, and by the baseline of somebody on anticoagulants."""
    first = 1.0 if against == "U" else 1.2
    steps = []
    for grade, factor in ((3, 2.5), (2, 1.5), (1, first)):
        steps.append(Step(grade, ">", factor, "U" if against == "U" else "number"))
        of_baseline = 1.0 if grade == 1 else factor
        steps.append(Step(grade, ">", of_baseline, "B", clause="anticoagulation"))
    return tuple(steps)


_CREATININE_4 = (
    Step(4, ">", 6, "U"),
    Step(3, ">", 3, "U"),
    Step(3, ">", 3, "B"),
    Step(2, ">", 1.5, "U"),
    Step(2, ">", 1.5, "B"),
    Step(1, ">", 1, "U"),
    Step(1, ">", 1, "B"),
)
_CREATININE_5 = (
    Step(4, ">", 6, "U"),
    Step(3, ">", 3, "U"),
    Step(3, ">", 3, "B", is_optional=True),
    Step(2, ">", 1.5, "U"),
    Step(2, ">", 1.5, "B", is_optional=True),
    Step(1, ">", 1, "U"),
)
_CREATININE_6 = (
    Step(4, ">", 6, "U"),
    Step(3, ">", 3, "U", when="baseline not low"),
    Step(3, ">", 3, "B", when="baseline low"),
    Step(2, ">", 1.5, "U", when="baseline not low"),
    Step(2, ">", 1.5, "B", when="baseline low"),
    Step(1, ">", 1, "U"),
)
_CLEARANCE = (
    Step(None, "<", 10),  # reported as kidney failure instead
    Step(3, "<=", 25),
    Step(2, "<=", 49),
)
_POTASSIUM_LOW = (
    *fixed("<", {4: 2.5, 3: 3.0}),
    *if_symptoms(Step(2, "<", 1, "L")),
    Step(1, "<", 1, "L"),
)
_SODIUM_LOW_5 = (
    *fixed("<", {4: 120, 3: 125}),
    *if_symptoms(Step(3, "<=", 129)),
    Step(2, "<=", 129),
    Step(1, "<", 1, "L"),
)
_SODIUM_LOW_6 = (
    *fixed("<", {4: 120, 3: 125}),
    *if_symptoms(Step(3, "<", 130)),
    Step(2, "<", 130),
    Step(1, "<", 1, "L"),
)
_URIC_ACID = (Step(3, ">", 1, "U", clause="consequences"), Step(1, ">", 1, "U"))


def _fasting_glucose(grades_3_4: Steps, grade_2: float) -> Steps:
    """Grades 1 and 2 are those of a fasting sample."""
    return (
        *grades_3_4,
        Step(2, ">", grade_2, clause="fasting"),
        Step(1, ">", 1, "U", clause="fasting"),
    )


_COMMON: Criteria = {
    ("Anemia", "L"): {"g/L": low(100, 80), "g/dL": low(10, 8)},
    ("Leukocytosis", "H"): _count(fixed(">", {3: 100})),
    ("Activated partial thromboplastin time prolonged", "H"): {ANY: times_upper(1.5, 2.5)},
    ("CD4 lymphocytes decreased", "L"): {"10^9/L": low(0.5, 0.2, 0.05), "1/uL": low(500, 200, 50)},
    ("Cholesterol high", "H"): {"mmol/L": high(7.75, 10.34, 12.92), "mg/dL": high(300, 400, 500)},
    ("Haptoglobin decreased", "L"): {ANY: (Step(1, "<", 1, "L"),)},
    ("Lymphocyte count increased", "H"): _count(fixed(">", {3: 20, 2: 4})),
    ("White blood cell decreased", "L"): _count(low(3, 2, 1)),
    ("Acidosis", "L"): {ANY: (Step(3, "<", 7.3), Step(1, "<", 1, "L"))},
    ("Alkalosis", "H"): {ANY: (Step(3, ">", 7.5), Step(1, ">", 1, "U"))},
    ("Hypercalcemia", "H"): {"mmol/L": high(2.9, 3.1, 3.4), "mg/dL": high(11.5, 12.5, 13.5)},
    ("Hypercalcemia (Ionized)", "H"): {"mmol/L": high(1.5, 1.6, 1.8), "mg/dL": high(6, 6.4, 7.2)},
    ("Hyperkalemia", "H"): {"mmol/L": high(5.5, 6, 7)},
    ("Hypermagnesemia", "H"): {"mmol/L": high(None, 1.23, 3.3), "mg/dL": high(None, 3, 8)},
    ("Hypernatremia", "H"): {"mmol/L": high(150, 155, 160)},
    ("Hypertriglyceridemia", "H"): {
        "mmol/L": fixed(">", {4: 11.4, 3: 5.7, 2: 3.42, 1: 1.71}),
        "mg/dL": fixed(">", {4: 1000, 3: 500, 2: 300, 1: 150}),
    },
    ("Hypoalbuminemia", "L"): {"g/L": low(30, 20), "g/dL": low(3, 2)},
    ("Hypocalcemia", "L"): {"mmol/L": low(2, 1.75, 1.5), "mg/dL": low(8, 7, 6)},
    ("Hypocalcemia (Ionized)", "L"): {"mmol/L": low(1, 0.9, 0.8), "mg/dL": low(4, 3.6, 3.2)},
    ("Hypoglycemia", "L"): {"mmol/L": low(3, 2.2, 1.7), "mg/dL": low(55, 40, 30)},
    ("Hypokalemia", "L"): {"mmol/L": _POTASSIUM_LOW},
    ("Hypomagnesemia", "L"): {"mmol/L": low(0.5, 0.4, 0.3), "mg/dL": low(1.2, 0.9, 0.7)},
}
_GLUCOSE_HIGH: Criteria = {
    ("Hyperglycemia (Fasting)", "H"): {
        "mmol/L": _fasting_glucose(fixed(">", {4: 27.8, 3: 13.9}), 8.9),
        "mg/dL": _fasting_glucose(fixed(">", {4: 500, 3: 250}), 160),
    },
    ("Hyperglycemia", "H"): {
        "mmol/L": fixed(">", {4: 27.8, 3: 13.9}),
        "mg/dL": fixed(">", {4: 500, 3: 250}),
    },
}
_UP_TO_5: Criteria = {
    ("CPK increased", "H"): {ANY: times_upper(2.5, 5, 10)},
    ("Lymphocyte count decreased", "L"): _count(low(0.8, 0.5, 0.2)),
    ("Neutrophil count decreased", "L"): _count(low(1.5, 1, 0.5)),
    ("Platelet count decreased", "L"): _count(low(75, 50, 25)),
}
_FROM_5: Criteria = {
    ("Blood lactate dehydrogenase increased", "H"): {ANY: (Step(1, ">", 1, "U"),)},
    ("Hemoglobin increased", "H"): {
        "g/L": _HEMOGLOBIN_UP,
        "g/dL": scaled(_HEMOGLOBIN_UP, 0.1),
    },
    ("INR increased", "H"): {ANY: _inr("number")},
    ("Hyperuricemia", "H"): {ANY: _URIC_ACID},
    ("Fibrinogen decreased", "L"): {
        "g/L": _fibrinogen(only_if_low=True),
        "mg/dL": (Step(4, "<", 50), *_fibrinogen(only_if_low=True)[1:]),
    },
}
_V4: Criteria = {
    ("Alanine aminotransferase increased", "H"): {ANY: times_upper(3, 5, 20)},
    ("Alkaline phosphatase increased", "H"): {ANY: times_upper(2.5, 5, 20)},
    ("Aspartate aminotransferase increased", "H"): {ANY: times_upper(3, 5, 20)},
    ("Blood bilirubin increased", "H"): {ANY: times_upper(1.5, 3, 10)},
    ("Creatinine increased", "H"): {ANY: _CREATININE_4},
    ("Fibrinogen decreased", "L"): {
        "g/L": _fibrinogen(only_if_low=False),
        "mg/dL": (Step(4, "<", 50), *_fibrinogen(only_if_low=False)[1:]),
    },
    ("GGT increased", "H"): {ANY: times_upper(2.5, 5, 20)},
    ("Hemoglobin increased", "H"): {
        "g/L": _HEMOGLOBIN_UP_4,
        "g/dL": scaled(_HEMOGLOBIN_UP_4, 0.1),
    },
    ("INR increased", "H"): {ANY: _inr("U")},
    ("Hyperuricemia", "H"): {
        "umol/L": (Step(4, ">", 590), *_URIC_ACID),
        "mg/dL": (Step(4, ">", 10), *_URIC_ACID),
    },
    ("Lipase increased", "H"): {ANY: times_upper(1.5, 2, 5)},
    ("Serum amylase increased", "H"): {ANY: times_upper(1.5, 2, 5)},
    ("Hyponatremia", "L"): {"mmol/L": (*fixed("<", {4: 120, 3: 130}), Step(1, "<", 1, "L"))},
    ("Hypophosphatemia", "L"): {"mmol/L": low(0.8, 0.6, 0.3), "mg/dL": low(2.5, 2, 1)},
}
_V5: Criteria = {
    ("Alanine aminotransferase increased", "H"): {
        ANY: times_upper_or_baseline((3, 5, 20), (1.5, 3, 5, 20), first=">=")
    },
    ("Alkaline phosphatase increased", "H"): {
        ANY: times_upper_or_baseline((2.5, 5, 20), (2, 2.5, 5, 20), first=">=")
    },
    ("Aspartate aminotransferase increased", "H"): {
        ANY: times_upper_or_baseline((3, 5, 20), (1.5, 3, 5, 20), first=">=")
    },
    ("Blood bilirubin increased", "H"): {
        ANY: times_upper_or_baseline((1.5, 3, 10), (1, 1.5, 3, 10), first=">")
    },
    ("Creatinine increased", "H"): {ANY: _CREATININE_5},
    # The text has grade 1 from exactly 2 × baseline on; the reference program does not.
    ("GGT increased", "H"): {
        ANY: times_upper_or_baseline((2.5, 5, 20), (2, 2.5, 5, 20), first=">")
    },
    ("Hyponatremia", "L"): {"mmol/L": _SODIUM_LOW_5},
    ("Lipase increased", "H"): {ANY: by_symptoms(2)},
    ("Serum amylase increased", "H"): {ANY: by_symptoms(2)},
}
_V6: Criteria = {
    ("Thrombocytopenia", "L"): _count(low(75, 50, 10)),
    ("Alanine aminotransferase increased", "H"): {
        ANY: times_upper_or_baseline((3, 5, 20), (1, 1.5, 2, 4), first=">=")
    },
    ("Alkaline phosphatase increased", "H"): {ANY: (Step(1, ">", 1, "both"),)},
    ("Aspartate aminotransferase increased", "H"): {
        ANY: times_upper_or_baseline((3, 5, 20), (1, 1.5, 2, 4), first=">=")
    },
    ("Blood bilirubin increased", "H"): {
        ANY: times_upper_or_baseline((1.5, 3, 10), (1, 1.5, 2.5, 10), first=">=")
    },
    ("Creatinine clearance decreased", "L"): {"mL/min": _CLEARANCE},
    ("Creatinine increased", "H"): {ANY: _CREATININE_6},
    ("GGT increased", "H"): {
        ANY: times_upper_or_baseline((2.5, 5, 20), (1, 1.5, 3, 10), first=">=")
    },
    ("HDL decreased", "L"): {ANY: (Step(1, "<", 1, "L"),)},
    ("LDL increased", "H"): {ANY: (Step(1, ">", 1, "U"),)},
    ("Lipase increased", "H"): {ANY: by_symptoms(3)},
    ("Serum amylase increased", "H"): {ANY: by_symptoms(2)},
    ("Neutrophil count decreased", "L"): _count(fixed("<", {4: 0.1, 3: 0.5, 2: 1, 1: 1.5})),
    ("Hyponatremia", "L"): {"mmol/L": _SODIUM_LOW_6},
}

BY_VERSION: Mapping[str, Criteria] = {
    "4.03": {**_COMMON, **_GLUCOSE_HIGH, **_UP_TO_5, **_V4},
    "5.0": {**_COMMON, **_UP_TO_5, **_FROM_5, **_V5},
    "6.0": {**_COMMON, **_GLUCOSE_HIGH, **_FROM_5, **_V6},
}


def steps_for(version: str, term: str, direction: str, unit: str) -> Steps | None:
    """The criteria of a term in a unit, letters in either case; None where there are none.

    Raises:
        KeyError: no such version of CTCAE.
    """
    wanted = (term.casefold(), direction.casefold())
    unit = unit.replace("µ", "u").replace("μ", "u")
    for (name, way), units in BY_VERSION[version].items():
        if (name.casefold(), way.casefold()) != wanted:
            continue
        for known, steps in units.items():
            if known in (ANY, unit) or known.casefold() == unit.casefold():
                return steps
    return None


def known_terms() -> frozenset[str]:
    """Terms of any version, in small letters."""
    return frozenset(term.casefold() for criteria in BY_VERSION.values() for term, _ in criteria)
