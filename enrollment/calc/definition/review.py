"""How the trial's records are looked at again: source data verification and signatures."""

from typing import Annotated

from pydantic import Field

from oversight.calc.sampling import is_drawn

from .base import FormName, NonEmpty, Table


class Verification(Table):
    """The table [verification]: the sampling plan of source data verification."""

    seed: NonEmpty
    """Any text. It decides the draw, and stays as it is from the first patient on."""
    percent: Annotated[float, Field(ge=0, le=100)]
    """Of the forms that `all_of` does not name."""
    all_of: tuple[FormName, ...] = ()
    """Forms that are verified in every patient: what eligibility and endpoints rest on."""
    consent: bool = True
    """Whether every recorded consent is verified, too."""
    screening: bool = False
    """Whether the screening of every enrolled patient is: dates, sex, and each criterion."""

    def asks_for(self, *, form: str, patient: str, place: str) -> bool:
        return form in self.all_of or is_drawn(
            seed=self.seed, percent=self.percent, patient=patient, place=place, form=form
        )


class Signatures(Table):
    """The table [signatures]. Every form is signed before it is locked, but those named here."""

    not_needed: tuple[FormName, ...] = ()
