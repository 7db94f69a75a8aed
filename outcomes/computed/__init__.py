"""What follows from the answers of visit forms. The formulas are in `calc`; here stands which
answers go into them, form by form."""

from outcomes.computed import body, heart, laboratory, liver, quality_of_life

__all__ = ["body", "heart", "laboratory", "liver", "quality_of_life"]
