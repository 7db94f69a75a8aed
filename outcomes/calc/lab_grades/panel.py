"""Which criteria grade each value of the laboratory form, and what they make of it.

The form's units are the criteria's (SI), so nothing is converted. Total calcium is never graded:
CTCAE asks for calcium corrected for albumin, which is a value of its own here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from outcomes.calc.lab_grades.criteria import VERSIONS, steps_for
from outcomes.calc.lab_grades.evaluate import Numbers, least_grade, worst_grade
from outcomes.calc.lab_grades.steps import Clause, Steps, without_baseline

GIGA_PER_L = "10^9/L"
CORRECTED_CALCIUM = "calcium_corrected_mmol_l"


@dataclass(frozen=True)
class LabTest:
    """`name` is the field of the form. `low` and `high` are terms of any version of CTCAE."""

    name: str
    unit: str
    low: tuple[str, ...] = ()
    high: tuple[str, ...] = ()
    limits_of: str = ""
    """The field whose limits of normal hold; its own where empty."""

    @property
    def limits_name(self) -> str:
        return self.limits_of or self.name


_ALL = (
    LabTest("hemoglobin_g_l", "g/L", ("Anemia",), ("Hemoglobin increased",)),
    LabTest("leukocytes_10e9_l", GIGA_PER_L, ("White blood cell decreased",), ("Leukocytosis",)),
    LabTest("neutrophils_10e9_l", GIGA_PER_L, ("Neutrophil count decreased",)),
    LabTest(
        "lymphocytes_10e9_l",
        GIGA_PER_L,
        ("Lymphocyte count decreased",),
        ("Lymphocyte count increased",),
    ),
    LabTest("platelets_10e9_l", GIGA_PER_L, ("Platelet count decreased", "Thrombocytopenia")),
    LabTest("alt_u_l", "U/L", (), ("Alanine aminotransferase increased",)),
    LabTest("ast_u_l", "U/L", (), ("Aspartate aminotransferase increased",)),
    LabTest("alp_u_l", "U/L", (), ("Alkaline phosphatase increased",)),
    LabTest("ggt_u_l", "U/L", (), ("GGT increased",)),
    LabTest("bilirubin_umol_l", "umol/L", (), ("Blood bilirubin increased",)),
    LabTest("albumin_g_l", "g/L", ("Hypoalbuminemia",)),
    LabTest("inr", "", (), ("INR increased",)),
    LabTest("creatinine_umol_l", "umol/L", (), ("Creatinine increased",)),
    LabTest("sodium_mmol_l", "mmol/L", ("Hyponatremia",), ("Hypernatremia",)),
    LabTest("potassium_mmol_l", "mmol/L", ("Hypokalemia",), ("Hyperkalemia",)),
    LabTest(CORRECTED_CALCIUM, "mmol/L", ("Hypocalcemia",), ("Hypercalcemia",), "calcium_mmol_l"),
    LabTest("glucose_mmol_l", "mmol/L", ("Hypoglycemia",), ("Hyperglycemia (Fasting)",)),
    LabTest("ck_u_l", "U/L", (), ("CPK increased",)),
)
TESTS: Mapping[str, LabTest] = {test.name: test for test in _ALL}


@dataclass(frozen=True)
class Criterion:
    """One direction of one test in one version."""

    test: LabTest
    term: str
    """As the catalog of adverse events names it."""
    direction: str
    """L or H."""
    steps: Steps


@dataclass(frozen=True)
class Graded:
    """A value by one criterion. Both ends are None where the grade cannot be told.

    They differ where the number leaves it to the patient's state: `clause` says what makes it the
    worse one.
    """

    criterion: Criterion
    least: int | None
    worst: int | None
    clause: Clause = ""

    @property
    def is_graded(self) -> bool:
        return self.worst is not None

    @property
    def is_range(self) -> bool:
        return self.least != self.worst


@cache
def criteria_of(version: str, test: str) -> tuple[Criterion, ...]:
    """The criteria that this version has for the test, low before high; empty for none.

    Raises:
        KeyError: no such version of CTCAE.
    """
    known = TESTS.get(test)
    if known is None:
        return ()
    found = []
    for direction, terms in (("L", known.low), ("H", known.high)):
        for term in terms:
            steps = steps_for(version, term, direction, known.unit)
            if steps is not None:
                name = term.removesuffix(" (Fasting)")
                found.append(Criterion(known, name, direction, steps))
    return tuple(found)


@cache
def unnumbered(version: str, test: str) -> tuple[str, ...]:
    """Directions (L, H) that other versions grade by numbers and this one does not."""
    given = {criterion.direction for criterion in criteria_of(version, test)}
    known = {one.direction for other in VERSIONS for one in criteria_of(other, test)}
    return tuple(direction for direction in "LH" if direction in known - given)


def grade(criterion: Criterion, numbers: Numbers, *, is_before_treatment: bool) -> Graded:
    """A value from before the first dose has no baseline and is graded by the limits alone."""
    steps = without_baseline(criterion.steps) if is_before_treatment else criterion.steps
    worst, least = worst_grade(steps, numbers), least_grade(steps, numbers)
    if worst is None or least is None:
        return Graded(criterion, None, None)
    is_range = least.grade != worst.grade
    return Graded(criterion, least.grade, worst.grade, worst.clause if is_range else "")
