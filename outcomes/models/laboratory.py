"""Blood tests of a visit, in SI units.

Hard limits catch a wrong unit or a slipped decimal point; soft ones ask for a second look. Molar
masses are those of PubChem.
"""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from core.fields import DateField, NumberField
from enrollment.models import VisitForm

GIGA_PER_L = "10⁹/L"


class Laboratory(VisitForm):
    """Count, liver, kidney and electrolytes are asked for; the other tests as the trial orders."""

    sampled_on = DateField(_("sampled on"))

    hemoglobin_g_l = NumberField(_("hemoglobin"), unit="g/L", hard=(20, 250), soft=(80, 180))
    leukocytes_10e9_l = NumberField(
        _("leukocytes"), unit=GIGA_PER_L, places=2, hard=(0, 500), soft=(2, 20)
    )
    neutrophils_10e9_l = NumberField(
        _("neutrophils"), unit=GIGA_PER_L, places=2, hard=(0, 400), soft=(1, 15)
    )
    lymphocytes_10e9_l = NumberField(
        _("lymphocytes"), unit=GIGA_PER_L, places=2, hard=(0, 400), soft=(Decimal("0.5"), 5)
    )
    platelets_10e9_l = NumberField(
        _("platelets"), unit=GIGA_PER_L, places=0, hard=(0, 3000), soft=(50, 500)
    )

    alt_u_l = NumberField(_("ALT"), unit="U/L", hard=(0, 20_000), soft=(5, 200))
    ast_u_l = NumberField(_("AST"), unit="U/L", hard=(0, 20_000), soft=(5, 200))
    alp_u_l = NumberField(_("alkaline phosphatase"), unit="U/L", hard=(0, 10_000), soft=(20, 400))
    ggt_u_l = NumberField(_("GGT"), unit="U/L", hard=(0, 10_000), soft=(5, 500))
    bilirubin_umol_l = NumberField(
        _("total bilirubin"),
        unit="µmol/L",
        molar_mass=Decimal("584.66"),
        hard=(0, 1500),
        soft=(2, 60),
    )
    albumin_g_l = NumberField(_("albumin"), unit="g/L", hard=(5, 80), soft=(25, 55))

    creatinine_umol_l = NumberField(
        _("creatinine"), unit="µmol/L", molar_mass=Decimal("113.12"), hard=(5, 3000), soft=(30, 180)
    )
    urea_mmol_l = NumberField(
        _("urea"), unit="mmol/L", molar_mass=Decimal("60.06"), places=2, hard=(0, 150), soft=(1, 15)
    )
    sodium_mmol_l = NumberField(_("sodium"), unit="mmol/L", hard=(90, 200), soft=(130, 150))
    potassium_mmol_l = NumberField(
        _("potassium"), unit="mmol/L", places=2, hard=(1, 12), soft=(3, Decimal("5.5"))
    )
    calcium_mmol_l = NumberField(
        _("calcium, total"),
        unit="mmol/L",
        molar_mass=Decimal("40.078"),
        places=2,
        hard=(Decimal("0.5"), 6),
        soft=(2, Decimal("2.8")),
    )
    glucose_mmol_l = NumberField(
        _("glucose"),
        unit="mmol/L",
        molar_mass=Decimal("180.156"),
        places=2,
        hard=(Decimal("0.2"), 100),
        soft=(Decimal("3.5"), 15),
    )

    inr = NumberField(
        _("INR"), places=2, hard=(Decimal("0.5"), 20), soft=(Decimal("0.8"), 2), required=False
    )

    afp_ug_l = NumberField(
        _("AFP"), unit="µg/L", hard=(0, 10_000_000), soft=(0, 100_000), required=False
    )
    cea_ug_l = NumberField(
        _("CEA"), unit="µg/L", hard=(0, 1_000_000), soft=(0, 5000), required=False
    )

    ck_u_l = NumberField(
        _("creatine kinase"), unit="U/L", hard=(0, 500_000), soft=(10, 1000), required=False
    )
    troponin_ng_l = NumberField(
        _("troponin"), unit="ng/L", hard=(0, 1_000_000), soft=(0, 50), required=False
    )
    tsh_mu_l = NumberField(
        _("TSH"), unit="mU/L", places=3, hard=(0, 1000), soft=(Decimal("0.1"), 10), required=False
    )
    ft4_pmol_l = NumberField(
        _("free T4"), unit="pmol/L", hard=(0, 200), soft=(8, 30), required=False
    )

    class Meta(VisitForm.Meta):
        verbose_name = _("laboratory")
        verbose_name_plural = _("laboratory")
