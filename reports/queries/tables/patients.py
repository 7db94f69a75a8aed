"""The tables that are no form: patients, screening, criteria, consents and visits."""

from collections.abc import Iterator

from django.db.models import Model, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.fields.captured import Captured
from enrollment.models import Allocation, Consent, CriterionAnswer, Patient, Visit
from enrollment.queries.arms import slot_arm_subquery
from reports.queries.tables.column import Column, Type, column_of
from reports.queries.tables.keys import patient_keys, visit_keys
from reports.queries.tables.table import Kind, Table

_SCREENING_NUMBER = _("screening number")


def core_tables() -> Iterator[Table]:
    yield _patients()
    yield _screening()
    yield _criterion_answers()
    yield _consents()
    yield _visits()
    yield _allocations()


def _of(model: type[Model], *names: str) -> tuple[Column, ...]:
    return tuple(column_of(model._meta.get_field(name)) for name in names)  # type: ignore[arg-type]


def _patients() -> Table:
    return Table(
        name="patients",
        title=_("enrolled patients"),
        kind=Kind.CORE,
        model=Patient,
        patient="",
        where=Q(enrolled_on__isnull=False),
        columns=(
            *patient_keys(""),
            *_of(Patient, "screening_number", "sex", "born_on", "screened_on", "enrolled_on"),
            column_of(Patient._meta.get_field("regimen"), codes="regimens"),
            Column(
                "definition_version",
                _("version of the trial's definition"),
                Type.INTEGER,
                "version__number",
            ),
        ),
    )


def _screening() -> Table:
    return Table(
        name="screening",
        title=_("screening log"),
        kind=Kind.CORE,
        model=Patient,
        patient="",
        columns=(
            *patient_keys(""),
            *_of(Patient, "screening_number", "sex", "born_on", "screened_on", "is_eligible"),
            column_of(
                Patient._meta.get_field("ineligible_because"),
                codes="criteria",
                note=_("The criteria that were not met, with commas."),
            ),
            *_of(Patient, "enrolled_on"),
        ),
    )


def _criterion_answers() -> Table:
    return Table(
        name="criterion_answers",
        title=_("answers to the screening criteria"),
        kind=Kind.CORE,
        model=CriterionAnswer,
        columns=(
            *patient_keys("patient__"),
            Column("screening_number", _SCREENING_NUMBER, Type.TEXT, "patient__screening_number"),
            column_of(CriterionAnswer._meta.get_field("criterion"), codes="criteria"),
            *_of(CriterionAnswer, "answer"),
        ),
        order=("criterion",),
    )


def _consents() -> Table:
    version = Consent._meta.get_field("version")
    return Table(
        name="consents",
        title=_("consents"),
        kind=Kind.CORE,
        model=Consent,
        columns=(
            *patient_keys("patient__"),
            Column("screening_number", _SCREENING_NUMBER, Type.TEXT, "patient__screening_number"),
            column_of(version, name="consent_version", codes="consents"),
            *_of(Consent, "signed_on", "recorded_at"),
        ),
        order=("signed_on", "version"),
    )


def _visits() -> Table:
    return Table(
        name="visits",
        title=_("visits"),
        kind=Kind.CORE,
        model=Visit,
        columns=(
            *patient_keys("patient__"),
            *visit_keys(""),
            column_of(Visit._meta.get_field("track"), codes="tracks"),
            *_of(Visit, "cycle", "day"),
            column_of(Visit._meta.get_field("target_date"), name="protocol_date"),
            *_of(Visit, "window_opens", "window_closes", "outcome", "actual_date"),
            column_of(Visit._meta.get_field("deviation_reason"), name="reason"),
        ),
        order=("position",),
    )


def _allocations() -> Table:
    """The arm is a column of open trials, and of blinded ones once they are unblinded."""
    return Table(
        name="allocations",
        title=_("randomized patients"),
        kind=Kind.CORE,
        model=Allocation,
        where=Q(patient__isnull=False),
        columns=(
            *patient_keys("patient__"),
            *_of(Allocation, "number", "stratum", "allocated_on"),
            Column(
                "arm",
                _("arm"),
                Type.CODE,
                slot_arm_subquery(OuterRef("patient_id")),
                codes="arms",
                captured=Captured(required=False, may_be_missing=False, reveals="the arm"),
            ),
        ),
        order=("number",),
    )
