"""A whole definition file."""

from typing import Self

from pydantic import Field

from .base import Slug, Table
from .eligibility import Consent, Criterion
from .endpoints import Endpoints, Population
from .forms import Form
from .review import Signatures, Verification
from .scores import Scores
from .toxicity import DoseLimitingToxicity
from .treatment import BackgroundDrug, Product, Regimen
from .trial import Arm, Randomization, Site, Trial
from .tumor import Tumor
from .visits import CAPSULES, Track, Visit


class Definition(Table):
    """A trial as data. Stored as its own JSON; `model_validate_json` reads it back unchanged."""

    references: tuple[Slug, ...] = ()
    """Published results that the trial is compared with, by their id in references.toml."""
    trial: Trial
    sites: tuple[Site, ...] = Field(min_length=1)
    arms: tuple[Arm, ...] = Field(min_length=1)
    randomization: Randomization | None = None
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    consents: tuple[Consent, ...] = Field(min_length=1)
    products: tuple[Product, ...] = Field(min_length=1)
    background: tuple[BackgroundDrug, ...] = ()
    regimens: tuple[Regimen, ...] = ()
    tracks: tuple[Track, ...] = Field(min_length=1)
    visits: tuple[Visit, ...] = Field(min_length=1)
    forms: tuple[Form, ...] = ()
    """Those that the trial adds to the program's."""
    populations: tuple[Population, ...] = Field(min_length=1)
    endpoints: Endpoints
    dose_limiting_toxicity: DoseLimitingToxicity | None = None
    """None: the trial has no board of dose-limiting toxicities."""
    tumor: Tumor = Tumor()
    scores: Scores = Scores()
    verification: Verification | None = None
    """None: the trial asks for no source data verification."""
    signatures: Signatures = Signatures()

    @property
    def is_blinded(self) -> bool:
        return self.trial.blinding == "double"

    @property
    def is_open_ended(self) -> bool:
        """Some product has no planned end, so the end of treatment cannot be planned."""
        return any(product.is_open_ended for product in self.products)

    @property
    def course_track(self) -> Track:
        return next(track for track in self.tracks if track.is_main)

    def drugs_of(self, regimen: str) -> list[BackgroundDrug]:
        """The background drugs of one regimen; all of them where the trial has no regimens."""
        for each in self.regimens:
            if each.id == regimen:
                return [drug for drug in self.background if drug.id in each.drugs]
        return [] if self.regimens else list(self.background)

    def mover_of(self, track: Track, regimen: str) -> str | None:
        """The treatment whose dose decisions move the courses of this track; none where a patient
        of the regimen takes none of them."""
        taken = {CAPSULES, *(drug.id for drug in self.drugs_of(regimen))}
        return next((treatment for treatment in track.moved_by if treatment in taken), None)

    def course_days_of(self, drug: str) -> int:
        """Days of the courses in which the drug is given: its own, or those of the product."""
        for track in self.tracks:
            if track.anchor == "course" and not track.is_main and drug in track.moved_by:
                return track.course_days or 0
        return self.products[0].course_days

    def drugs_on(self, track_id: str, regimen: str) -> list[BackgroundDrug]:
        """The drugs of the regimen that are given at the visits of this track: its own, and
        elsewhere those that have no courses of their own. All at a visit outside the plan."""
        if track_id not in {track.id for track in self.tracks}:
            return self.drugs_of(regimen)
        own = {
            drug: track.id
            for track in self.tracks
            if track.anchor == "course" and not track.is_main
            for drug in track.moved_by
        }
        here = track_id if track_id in own.values() else None
        return [drug for drug in self.drugs_of(regimen) if own.get(drug.id) == here]

    @property
    def visit_forms(self) -> tuple[str, ...]:
        """Every form that some visit asks for, in the order of the file."""
        return tuple(dict.fromkeys(form for visit in self.visits for form in visit.forms))

    def own_form(self, name: str) -> Form | None:
        """The trial's own form that the program knows by this name; None in a version without."""
        return next((form for form in self.forms if form.name_in(self.trial.slug) == name), None)

    def with_own_names(self) -> Self:
        """The same with the trial's own forms called as the program calls them, wherever the file
        names them by their short id."""
        own = {form.id: form.name_in(self.trial.slug) for form in self.forms}

        def named(forms: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(own.get(form, form) for form in forms)

        visits = [item.model_copy(update={"forms": named(item.forms)}) for item in self.visits]
        plan, signed = self.verification, self.signatures
        return self.model_copy(
            update={
                "visits": tuple(visits),
                "verification": plan and plan.model_copy(update={"all_of": named(plan.all_of)}),
                "signatures": signed.model_copy(update={"not_needed": named(signed.not_needed)}),
            }
        )

    def visits_of(self, track: Track) -> list[Visit]:
        return [visit for visit in self.visits if visit.track == track.id]
