"""Doses that follow body weight."""

from decimal import Decimal

from enrollment.calc.definition import WeightBand


def starting_dose_mg(weight_kg: Decimal, band: WeightBand) -> Decimal:
    """The daily dose in milligrams at the weight on the first day; later changes do not alter it.

    Exactly at the threshold the band's `boundary` decides. For lenvatinib in hepatocellular
    carcinoma the protocol of hcc-randomized gives 8 mg at exactly 60 kg, the drug's label 12 mg.

    Raises:
        ValueError: the weight is not above 0.
    """
    if not weight_kg.is_finite() or weight_kg <= 0:
        raise ValueError("weight is not above 0 kg")
    if weight_kg == band.threshold_kg:
        return band.lower_dose_mg if band.boundary == "lower" else band.upper_dose_mg
    return band.lower_dose_mg if weight_kg < band.threshold_kg else band.upper_dose_mg
