"""Source data verification: which fields are ticked, what waits, how far each site is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.models import Site, Trial
from enrollment.models import Consent, FormRecord, Patient
from enrollment.queries.records import PlacedRecord, placed, record_lines
from enrollment.queries.screening import SCREENING, screening_keys, screening_values
from enrollment.queries.values import FieldValue, field_values
from enrollment.registry import FormSpec
from oversight.models import FieldVerification, RecordState

VERIFIED = (RecordState.VERIFIED, RecordState.SIGNED, RecordState.LOCKED)
CONSENT = "consent"
"""Consents are no forms; under this name their fields are ticked like those of one."""
CONSENT_FIELDS = ("version", "signed_on")


@dataclass(frozen=True)
class FieldTick:
    """One answer on the verification page, and who found it to agree with the source."""

    value: FieldValue
    tick: FieldVerification | None


def field_ticks(spec: FormSpec, record: FormRecord) -> list[FieldTick]:
    """Every answer of the form, its rows last."""
    known = ticks_of(spec.slug, [record.pk])[record.pk]
    values = field_values(spec, [record])[record.pk]
    return [FieldTick(value, known.get(value.key)) for value in values]


def screening_ticks(patient: Patient, *, language: str) -> list[FieldTick]:
    known = ticks_of(SCREENING, [patient.pk])[patient.pk]
    values = screening_values(patient, language=language)
    return [FieldTick(value, known.get(value.key)) for value in values]


def ticks_of(form: str, ids: Iterable[int]) -> "Mapping[int, Mapping[str, FieldVerification]]":
    """Record id to {key of the field: its tick}. One query."""
    found: dict[int, dict[str, FieldVerification]] = defaultdict(dict)
    ticks = FieldVerification.objects.filter(form=form, record_id__in=list(ids))
    for tick in ticks.select_related("verified_by"):
        key = tick.field if tick.row_number is None else f"{tick.row_number}.{tick.field}"
        found[tick.record_id][key] = tick
    return found


def fully_verified(spec: FormSpec, ids: Sequence[int]) -> set[int]:
    """Those of the records whose every answer is ticked."""
    records = list(spec.model._default_manager.filter(pk__in=ids))
    ticks = ticks_of(spec.slug, ids)
    values = field_values(spec, records)
    return {
        pk for pk, answers in values.items() if {value.key for value in answers} <= ticks[pk].keys()
    }


@dataclass(frozen=True)
class SiteVerification:
    """`required` and `verified` count forms, consents and screenings that the plan asks for."""

    site: Site
    required: int
    verified: int
    beyond: int
    """Verified though the plan did not ask for it."""

    @property
    def percent(self) -> int | None:
        return 100 * self.verified // self.required if self.required else None


@dataclass(frozen=True)
class VerificationBoard:
    sites: list[SiteVerification]
    waiting: list[PlacedRecord]
    """Complete forms that the plan asks for, by patient."""
    consents: list[Consent]
    """Consents that wait."""
    screenings: list[Patient]
    """Enrolled patients whose screening waits."""


def verification_board(trial: Trial, sites: Iterable[Site]) -> VerificationBoard:
    """Drafts do not count yet: there is nothing to compare. One pass over the trial's forms."""
    sites = list(sites)
    complete = [state for state in RecordState.values if state != RecordState.DRAFT]
    items = placed(record_lines(sites=[site.pk for site in sites], states=complete))
    required, verified, beyond = ({site.pk: 0 for site in sites} for _place in range(3))
    waiting = []
    for item in items:
        site_id, is_verified = item.patient.site_id, item.line.state in VERIFIED
        if item.asks_for_verification:
            required[site_id] += 1
            verified[site_id] += is_verified
            if not is_verified:
                waiting.append(item)
        elif item.line.state == RecordState.VERIFIED:
            beyond[site_id] += 1
    unverified = []
    for consent, is_verified in _consents(trial, sites):
        required[consent.patient.site_id] += 1
        verified[consent.patient.site_id] += is_verified
        if not is_verified:
            unverified.append(consent)
    unscreened = []
    for patient, is_verified in _screenings(trial, sites):
        required[patient.site_id] += 1
        verified[patient.site_id] += is_verified
        if not is_verified:
            unscreened.append(patient)
    return VerificationBoard(
        [
            SiteVerification(site, required[site.pk], verified[site.pk], beyond[site.pk])
            for site in sites
        ],
        waiting,
        unverified,
        unscreened,
    )


def _consents(trial: Trial, sites: Sequence[Site]) -> list[tuple[Consent, bool]]:
    """Those that the patients' plans ask for, each with whether it is verified."""
    known = Consent.objects.filter(patient__trial=trial, patient__site__in=sites)
    consents = [
        consent
        for consent in known.select_related("patient__site", "patient__version").defer(
            "patient__version__source"
        )
        if (plan := consent.patient.version.definition.verification) and plan.consent
    ]
    ticks = ticks_of(CONSENT, [consent.pk for consent in consents])
    return [(consent, set(CONSENT_FIELDS) <= ticks[consent.pk].keys()) for consent in consents]


def _screenings(trial: Trial, sites: Sequence[Site]) -> list[tuple[Patient, bool]]:
    """Enrolled patients whose plans ask for it, each with whether every answer is ticked."""
    enrolled = Patient.objects.filter(trial=trial, site__in=sites).enrolled()
    patients = [
        patient
        for patient in enrolled.select_related("site", "version").defer("version__source")
        if (plan := patient.version.definition.verification) and plan.screening
    ]
    ticks = ticks_of(SCREENING, [patient.pk for patient in patients])
    return [(patient, screening_keys(patient) <= ticks[patient.pk].keys()) for patient in patients]
