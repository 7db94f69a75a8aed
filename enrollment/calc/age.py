"""Age in full years, also of somebody whose day or month of birth is not known."""

from datetime import date

from core.calc.partial_date import PartialDate


def age_on(born_on: PartialDate, day: date) -> int:
    """An unknown day of birth counts as the 15th, an unknown month as 1 July."""
    born = born_on.first_day
    if len(born_on.text) == 7:
        born = born.replace(day=15)
    elif not born_on.is_complete:
        born = born.replace(month=7)
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (not had_birthday)
