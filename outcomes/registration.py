"""The forms of this app."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.lazy import load
from core.models import User
from dosing.models.background import drugs_of
from enrollment.actions import register_ending, reschedule
from enrollment.alerts import register_alerts
from enrollment.definition_hooks import (
    DefinitionPanel,
    register_definition_check,
    register_definition_panel,
)
from enrollment.models import Patient
from enrollment.panels import Panel, register_panel
from enrollment.queries.locking import register_obstacles
from enrollment.registry import FormSpec, Rows, Section, register, register_independent
from outcomes.actions.serious import FORM, note_seriousness
from outcomes.calc.qlq_c30 import ITEMS
from outcomes.calc.snapshot.settings import endpoint_problems
from outcomes.forms import AdverseEventForm, SeriousEventForm
from outcomes.laboratory_page import laboratory_notes, prefill_event
from outcomes.models import (
    AdverseEvent,
    Death,
    Electrocardiogram,
    Laboratory,
    QualityOfLife,
    SeriousEvent,
    SeriousEventDrug,
    SurvivalStatus,
)
from outcomes.queries.drugs import names_of_drugs
from outcomes.queries.endpoint_settings import settings_panel, two_stage_problems
from outcomes.queries.reading_obstacles import reading_obstacles
from outcomes.queries.serious_alerts import serious_alerts
from outcomes.queries.toxicity_settings import toxicity_panel, toxicity_problems
from outcomes.scan_forms import CENTRAL_LESIONS, CENTRAL_SCANS, LESIONS, SCANS
from oversight.models import RecordState


def _note_seriousness(event: AdverseEvent, _by: User) -> None:
    note_seriousness(event, at=timezone.now())


def drugs_to_judge(report: SeriousEvent) -> Iterator[SeriousEventDrug]:
    """One row for each drug of the patient's regimen."""
    for drug in drugs_of(report.patient):
        yield SeriousEventDrug(record=report, drug=drug.id)


def drug_name(row: SeriousEventDrug) -> str:
    return names_of_drugs(row.record.patient).get(row.drug, row.drug)


def case_page(report: SeriousEvent) -> str:
    of_patient = AdverseEvent.objects.filter(patient=report.patient_id)
    event = of_patient.filter(row_number=report.event_number or 0).first()
    if event is None:
        return reverse("enrollment:patient-detail", args=[report.patient_id])
    return reverse("outcomes:serious-detail", args=[event.pk])


# What derives responses needs NumPy, which a process loads with the first page that shows them.
def tumor_panel(patient: Patient, _user: User) -> dict[str, Any] | None:
    history = load("outcomes.queries.tumor_history").tumor_history(patient)
    return None if history is None else {"newest": history.newest}


register_alerts(serious_alerts)
register_panel(Panel("outcomes/_patient_tumor.html", tumor_panel))
register(
    FormSpec(
        "laboratory",
        Laboratory,
        "laboratory",
        sections=(
            Section(_("Sample"), ("sampled_on",)),
            Section(
                _("Blood count"),
                (
                    "hemoglobin_g_l",
                    "leukocytes_10e9_l",
                    "neutrophils_10e9_l",
                    "lymphocytes_10e9_l",
                    "platelets_10e9_l",
                ),
            ),
            Section(
                _("Liver"),
                (
                    "alt_u_l",
                    "ast_u_l",
                    "alp_u_l",
                    "ggt_u_l",
                    "bilirubin_umol_l",
                    "albumin_g_l",
                    "inr",
                ),
            ),
            Section(
                _("Kidney, electrolytes and glucose"),
                (
                    "creatinine_umol_l",
                    "urea_mmol_l",
                    "sodium_mmol_l",
                    "potassium_mmol_l",
                    "calcium_mmol_l",
                    "glucose_mmol_l",
                ),
            ),
            Section(_("Tumor markers"), ("afp_ug_l", "cea_ug_l")),
            Section(_("Heart and thyroid"), ("ck_u_l", "troponin_ng_l", "tsh_mu_l", "ft4_pmol_l")),
        ),
        notes=laboratory_notes,
    )
)
register(
    FormSpec(
        "ecg",
        Electrocardiogram,
        "electrocardiograms",
        sections=(
            Section(
                _("Measurements"),
                ("recorded_on", "heart_rate_per_min", "pr_ms", "qrs_ms", "qt_ms"),
            ),
            Section(_("Assessment"), ("assessment", "findings")),
        ),
    )
)
register(SCANS)
register(LESIONS)
register_independent(CENTRAL_SCANS)
register_independent(CENTRAL_LESIONS)
register(
    FormSpec(
        "adverse-events",
        AdverseEvent,
        "adverse_events",
        sections=(
            Section(_("Event"), ("term", "term_other", "grade", "is_serious")),
            Section(_("Dates"), ("started_on", "is_ongoing", "ended_on")),
            Section(_("Relation"), ("related_to_capsules", "related_to_background")),
            Section(_("What followed"), ("action_taken", "outcome")),
        ),
        form_mixin=AdverseEventForm,
        after_save=_note_seriousness,
        prefill=prefill_event,
        stamps=("serious_since",),
        summary=("term", "grade", "started_on", "ended_on", "is_serious", "outcome"),
    )
)
register(
    FormSpec(
        FORM,
        SeriousEvent,
        "serious_events",
        sections=(
            Section(_("Clock"), ("event_number", "aware_at")),
            Section(
                _("Why it is serious"),
                (
                    "is_death",
                    "is_life_threatening",
                    "is_hospitalization",
                    "admitted_on",
                    "discharged_on",
                    "is_disability",
                    "is_congenital_anomaly",
                    "is_medically_important",
                    "importance",
                ),
            ),
            Section(
                _("Event"),
                (
                    "diagnosis",
                    "grade",
                    "started_on",
                    "started_time",
                    "description",
                    "history",
                ),
            ),
            Section(_("Study capsules"), ("related_to_capsules", "expectedness", "other_cause")),
            Section(
                _("What followed"),
                ("action_with_capsules", "treatment", "outcome", "ended_on"),
            ),
            Section(_("Death"), ("died_on", "death_cause", "autopsy", "autopsy_findings")),
            Section(_("Reporter"), ("reporter", "is_final")),
        ),
        rows=Rows(
            SeriousEventDrug,
            _("Background drugs: may they have caused it?"),
            "serious_event_drugs",
            expected=drugs_to_judge,
            identity=("drug",),
            named=drug_name,
        ),
        form_mixin=SeriousEventForm,
        home=case_page,
        stamps=("version", "submitted_at", "late_reason"),
        summary=("event_number", "diagnosis", "aware_at", "outcome", "is_final"),
    )
)
register(
    FormSpec(
        "qlq-c30",
        QualityOfLife,
        "qlq_c30",
        sections=(
            Section(_("Questionnaire"), ("is_answered", "not_answered_reason", "answered_on")),
            Section(_("Questions 1 to 28, answered from 1 to 4"), ITEMS[:28], is_compact=True),
            Section(_("Questions 29 and 30, answered from 1 to 7"), ITEMS[28:], is_compact=True),
        ),
        note=_(
            "Enter the numbers that the patient marked on the EORTC QLQ-C30, version 3. The wording"
            " of its questions is copyright of the EORTC and is not shown here; using the"
            " questionnaire needs the EORTC's licence. Where the patient left a question out,"
            " choose the reason in the list beside it."
        ),
    )
)
register(FormSpec("survival-status", SurvivalStatus, "survival_status"))


def died_by(patient: Patient) -> date | None:
    """The last day that the date can mean, once the form is complete."""
    deaths = Death.objects.filter(patient=patient).exclude(state=RecordState.DRAFT)
    died_on = deaths.values_list("died_on", flat=True).first()
    return died_on.last_day if died_on is not None else None


def _stop_schedule(death: Death, by: User) -> None:
    reschedule(death.patient, by=by)


register_ending(died_by)
register(
    FormSpec(
        "death",
        Death,
        "deaths",
        sections=(
            Section(_("Death"), ("died_on", "cause", "cause_text", "primary_cause")),
            Section(
                _("Relation"),
                ("is_due_to_disease", "related_to_capsules", "related_to_background"),
            ),
            Section(_("Autopsy and source"), ("autopsy", "autopsy_findings", "source")),
        ),
        after_save=_stop_schedule,
    )
)


register_obstacles(reading_obstacles)
register_definition_check(endpoint_problems)
register_definition_check(two_stage_problems)
register_definition_check(toxicity_problems)
register_definition_panel(DefinitionPanel("outcomes/_endpoint_settings.html", settings_panel))
register_definition_panel(DefinitionPanel("outcomes/_toxicity_settings.html", toxicity_panel))
