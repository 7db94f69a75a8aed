"""Blood tests: a level of the patient's own, a trend with the disease, and day-to-day noise."""

from dataclasses import dataclass
from datetime import date
from math import exp
from random import Random

from reports.demo.history.chance import happens, rounded, varied, within
from reports.demo.history.records import Filled
from reports.demo.history.scene import Scene

GAP_SHARE = 0.012
"""Of the values that are asked for."""


@dataclass(frozen=True, slots=True)
class Test:
    """`between` and `noise` are standard deviations of logarithms, between patients and visits.

    `worsening` is the change of the logarithm in full decline, `burden` the power with which the
    value follows the size of the tumor.
    """

    name: str
    median: float
    between: float
    noise: float
    places: int = 1
    worsening: float = 0.0
    burden: float = 0.0
    low: float = 0.0
    high: float = 1e6


COMMON = (
    Test("hemoglobin_g_l", 126, 0.09, 0.03, worsening=-0.25, low=55, high=185),
    Test("leukocytes_10e9_l", 5.2, 0.22, 0.12, 2, worsening=0.2, low=1.2, high=30),
    Test("platelets_10e9_l", 160, 0.32, 0.10, 0, worsening=-0.2, low=18, high=600),
    Test("alt_u_l", 32, 0.40, 0.22, worsening=0.5, low=6, high=900),
    Test("ast_u_l", 36, 0.40, 0.22, worsening=0.8, low=8, high=1200),
    Test("alp_u_l", 105, 0.30, 0.08, worsening=0.5, burden=0.15, low=30, high=1500),
    Test("ggt_u_l", 70, 0.60, 0.12, worsening=0.6, burden=0.2, low=8, high=2000),
    Test("bilirubin_umol_l", 15, 0.30, 0.15, worsening=1.3, low=3, high=400),
    Test("albumin_g_l", 39, 0.08, 0.03, worsening=-0.28, low=18, high=52),
    Test("creatinine_umol_l", 70, 0.18, 0.07, worsening=0.35, low=30, high=500),
    Test("urea_mmol_l", 5.3, 0.20, 0.10, 2, worsening=0.5, low=1.5, high=40),
    Test("sodium_mmol_l", 140, 0.010, 0.010, worsening=-0.04, low=118, high=152),
    Test("potassium_mmol_l", 4.1, 0.05, 0.06, 2, worsening=0.05, low=2.6, high=6.8),
    Test("calcium_mmol_l", 2.27, 0.03, 0.025, 2, low=1.7, high=3.1),
    Test("glucose_mmol_l", 5.6, 0.15, 0.10, 2, low=3.0, high=20),
)
AFP = Test("afp_ug_l", 180, 2.4, 0.10, burden=1.0, low=1.5, high=300_000)
LIVER_ONLY = (Test("inr", 1.08, 0.05, 0.03, 2, worsening=0.35, low=0.85, high=4), AFP)
BOWEL_ONLY = (Test("cea_ug_l", 22, 1.4, 0.10, burden=0.9, low=0.8, high=5000),)
HEART_AND_THYROID = (
    Test("ck_u_l", 85, 0.35, 0.15, low=20, high=900),
    Test("troponin_ng_l", 5, 0.5, 0.2, low=1, high=90),
    Test("tsh_mu_l", 2.2, 0.5, 0.25, 3, low=0.02, high=60),
    Test("ft4_pmol_l", 15.5, 0.12, 0.06, low=5, high=32),
)
OPTIONAL = {"inr", "afp_ug_l", "cea_ug_l", *(test.name for test in HEART_AND_THYROID)}


def draw_levels(rng: Random) -> dict[str, float]:
    """The patient's own level of each test."""
    tests = (*COMMON, *LIVER_ONLY, *BOWEL_ONLY, *HEART_AND_THYROID)
    return {test.name: varied(rng, test.median, test.between) for test in tests}


def value_on(scene: Scene, test: Test, day: date) -> float:
    trend = exp(test.worsening * scene.decline(day)) * max(scene.burden(day), 0.02) ** test.burden
    drawn = varied(scene.rng, scene.levels[test.name] * trend, test.noise)
    return within(drawn, test.low, test.high)


def fill_laboratory(scene: Scene, day: date) -> Filled:
    special = LIVER_ONLY if scene.disease == "hcc" else BOWEL_ONLY
    asked = [*COMMON, *special]
    if happens(scene.rng, 0.9):
        asked += HEART_AND_THYROID
    values: dict[str, object] = {"sampled_on": day}
    values |= {test.name: rounded(value_on(scene, test, day), test.places) for test in asked}
    leukocytes = float(str(values["leukocytes_10e9_l"]))
    neutrophils = within(scene.rng.gauss(0.62, 0.06), 0.4, 0.85)
    values["neutrophils_10e9_l"] = rounded(leukocytes * neutrophils, 2)
    values["lymphocytes_10e9_l"] = rounded(leukocytes * (0.92 - neutrophils), 2)
    missing = {}
    for name in [name for name in values if name != "sampled_on"]:
        if happens(scene.rng, GAP_SHARE):
            del values[name]
            if name not in OPTIONAL:
                missing[name] = "UNK" if happens(scene.rng, 0.1) else "ND"
    return Filled("laboratory", values, missing)
