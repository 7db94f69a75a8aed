"""Limits of normal of the demo's laboratories, valid before the first sample."""

from datetime import date
from decimal import Decimal

from core.models import Site, User
from enrollment.models import TrialVersion
from outcomes.actions.limits import add_limits
from outcomes.calc.normal_limits import NormalRange
from outcomes.models import NormalLimits

VALID_FROM = date(2020, 1, 1)
# Test, sex, lower and upper limit; adults' limits as many hospital laboratories print them.
LIMITS: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("hemoglobin_g_l", "F", "115", "150"),
    ("hemoglobin_g_l", "M", "130", "175"),
    ("leukocytes_10e9_l", "", "3.5", "9.5"),
    ("neutrophils_10e9_l", "", "1.8", "6.3"),
    ("lymphocytes_10e9_l", "", "1.1", "3.2"),
    ("platelets_10e9_l", "", "125", "350"),
    ("alt_u_l", "F", "7", "40"),
    ("alt_u_l", "M", "9", "50"),
    ("ast_u_l", "F", "13", "35"),
    ("ast_u_l", "M", "15", "40"),
    ("alp_u_l", "", "45", "125"),
    ("ggt_u_l", "F", "7", "45"),
    ("ggt_u_l", "M", "10", "60"),
    ("bilirubin_umol_l", "", None, "23"),
    ("albumin_g_l", "", "40", "55"),
    ("inr", "", "0.8", "1.2"),
    ("creatinine_umol_l", "F", "41", "81"),
    ("creatinine_umol_l", "M", "57", "111"),
    ("urea_mmol_l", "", "3.1", "8.8"),
    ("sodium_mmol_l", "", "137", "147"),
    ("potassium_mmol_l", "", "3.5", "5.3"),
    ("calcium_mmol_l", "", "2.11", "2.52"),
    ("glucose_mmol_l", "", "3.9", "6.1"),
    ("ck_u_l", "F", "40", "200"),
    ("ck_u_l", "M", "50", "310"),
    ("tsh_mu_l", "", "0.35", "5.1"),
    ("ft4_pmol_l", "", "11.5", "22.7"),
)


def enter_limits(version: TrialVersion, *, by: User) -> None:
    """Once for each site: one with limits keeps them."""
    for site in Site.objects.filter(trial=version.trial):
        if NormalLimits.objects.filter(site=site).exists():
            continue
        add_limits(site, [_range(*row) for row in LIMITS], by=by)


def _range(test: str, sex: str, low: str | None, high: str | None) -> NormalRange:
    return NormalRange(
        test=test,
        valid_from=VALID_FROM,
        low=Decimal(low) if low else None,
        high=Decimal(high) if high else None,
        sex=sex,
    )
