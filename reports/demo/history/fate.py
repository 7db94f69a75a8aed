"""What will happen to a patient, whether or not it has happened by today."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from reports.demo.history.chance import days_until, happens, varied, weighted
from reports.demo.history.tumor import Tumor
from reports.demo.population import Population

NEVER = date.max
DECLARED_LOST_AFTER_DAYS = 120


@dataclass(frozen=True, slots=True)
class Fate:
    """`NEVER` stands for what does not happen. `lost_on` is the last contact."""

    dies_on: date
    dies_of: str
    lost_on: date
    withdraws_on: date
    toxicity_on: date
    clinical_progression_on: date
    starts_new_therapy: bool

    @property
    def last_contact(self) -> date:
        """Nothing is seen of the patient after this day."""
        return min(self.dies_on, self.lost_on, self.withdraws_on)

    def left_study(self, today: date) -> tuple[date, str] | None:
        """Day and reason, once the trial knows of it."""
        last = self.last_contact
        if last > today:
            return None
        if self.lost_on == last:
            declared = last + timedelta(days=DECLARED_LOST_AFTER_DAYS)
            return (declared, "lost") if declared <= today else None
        return last, "death" if self.dies_on == last else "withdrawal"


def draw_fate(rng: Random, population: Population, tumor: Tumor, *, enrolled_on: date) -> Fate:
    progression = tumor.progression_day()
    after = int(varied(rng, population.survival_months * 30.4375, 0.75))
    other_death = days_until(rng, 0.006)
    dies_after = min(progression + after, other_death)
    of_disease = (("progression", 0.9), ("other", 0.05), ("unknown", 0.05))
    of_other = (("adverse-event", 0.45), ("other", 0.45), ("unknown", 0.1))
    return Fate(
        dies_on=_later(enrolled_on, dies_after),
        dies_of=weighted(rng, of_disease if dies_after < other_death else of_other),
        lost_on=_later(enrolled_on, days_until(rng, 0.007)),
        withdraws_on=_later(enrolled_on, days_until(rng, 0.004)),
        toxicity_on=_later(enrolled_on, days_until(rng, 0.015)),
        clinical_progression_on=_later(
            enrolled_on, max(progression - 5, 30) if happens(rng, 0.05) else 5000
        ),
        starts_new_therapy=happens(rng, 0.55),
    )


def _later(start: date, days: int) -> date:
    """Not within two weeks of enrollment: everybody gets the first dose."""
    return start + timedelta(days=max(days, 14)) if days < 3650 else NEVER
