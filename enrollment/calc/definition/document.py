"""A whole definition file."""

from pydantic import Field

from .base import Slug, Table
from .eligibility import Consent, Criterion
from .endpoints import Endpoints, Population
from .review import Signatures, Verification
from .scores import Scores
from .treatment import BackgroundDrug, Product, Regimen
from .trial import Arm, Randomization, Site, Trial
from .tumor import Tumor
from .visits import Track, Visit


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
    populations: tuple[Population, ...] = Field(min_length=1)
    endpoints: Endpoints
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
        return next(track for track in self.tracks if track.anchor == "course")

    def visits_of(self, track: Track) -> list[Visit]:
        return [visit for visit in self.visits if visit.track == track.id]
