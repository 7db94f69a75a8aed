"""Everything about one patient that the forms are filled from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from enrollment.calc.definition import Definition, Product
from reports.demo.history.fate import Fate
from reports.demo.history.records import Person
from reports.demo.history.tumor import Tumor
from reports.demo.history.visits import Walk
from reports.demo.population import Disease


@dataclass(frozen=True, slots=True)
class Pair:
    """An immune checkpoint inhibitor with an anti-angiogenic drug, and their usual doses."""

    name: str
    ici_mg: float
    anti_angiogenic_mg: float
    is_per_kg: bool = False


PAIRS = (
    Pair("atezolizumab + bevacizumab", 1200, 15, is_per_kg=True),
    Pair("sintilimab + bevacizumab biosimilar", 200, 15, is_per_kg=True),
    Pair("camrelizumab + apatinib", 200, 250),
)


@dataclass(frozen=True)
class Scene:
    """`levels` are the patient's own levels of the blood tests."""

    disease: Disease
    walk: Walk
    levels: Mapping[str, float]
    earlier_pair: Pair
    """What a liver cancer patient was given before."""
    study_ended: tuple[date, str] | None

    @property
    def definition(self) -> Definition:
        return self.walk.definition

    @property
    def person(self) -> Person:
        return self.walk.person

    @property
    def tumor(self) -> Tumor:
        return self.walk.reader.tumor

    @property
    def fate(self) -> Fate:
        return self.walk.fate

    @property
    def rng(self) -> Random:
        return self.walk.rng

    @property
    def today(self) -> date:
        return self.walk.today

    @property
    def product(self) -> Product:
        """The first product; in a blinded trial the others are alike in number and days."""
        return self.definition.products[0]

    @property
    def last_day_on_treatment(self) -> date:
        ended = self.walk.treatment_ended
        return ended[0] if ended else self.today

    @property
    def cause_of_death(self) -> str:
        """An adverse event kills on treatment or soon after it."""
        late = self.last_day_on_treatment + timedelta(days=30)
        is_late = self.fate.dies_of == "adverse-event" and self.fate.dies_on > late
        return "other" if is_late else self.fate.dies_of

    @property
    def is_known_dead(self) -> bool:
        return self.study_ended is not None and self.study_ended[1] == "death"

    @property
    def last_day_seen(self) -> date:
        """The last visit that took place, or enrollment."""
        days = [held.actual_date for held in self.walk.visits.values() if held.actual_date]
        return max([*days, self.walk.enrolled_on])

    def burden(self, day: date) -> float:
        """Size of the tumor against baseline."""
        return self.tumor.relative_size((day - self.walk.enrolled_on).days)

    def decline(self, day: date) -> float:
        """0 while well, rising to 1 over the three months before a death of the disease."""
        if self.fate.dies_of != "progression":
            return 0.0
        return max(0.0, 1 - max((self.fate.dies_on - day).days, 0) / 90)
