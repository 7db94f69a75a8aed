"""The forms of this app."""

from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.registry import FormSpec, Rows, Section, register
from outcomes.forms import AdverseEventForm, MeasurementForm
from outcomes.models import (
    AdverseEvent,
    Death,
    Laboratory,
    Lesion,
    LesionMeasurement,
    SurvivalStatus,
    TumorAssessment,
)


def known_lesions(scan: TumorAssessment) -> Iterator[LesionMeasurement]:
    """One row for each lesion of the patient, without those that came later than this scan."""
    day = scan.read_on
    for lesion in Lesion.objects.filter(patient=scan.patient).order_by("number"):
        came_on = lesion.first_seen_on
        is_later = lesion.kind == Lesion.Kind.NEW and came_on and day and came_on > day
        if not is_later:
            yield LesionMeasurement(record=scan, lesion=lesion)


def lesion_number(row: LesionMeasurement) -> str:
    return gettext("Lesion %(number)s") % {"number": row.lesion.number}


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
    )
)
register(
    FormSpec(
        "tumor-assessment",
        TumorAssessment,
        "tumor_assessments",
        sections=(
            Section(
                _("Scan"),
                ("scanned_on", "last_scanned_on", "method", "slice_mm", "is_baseline"),
            ),
            Section(_("Reading"), ("new_lesion", "investigator_response", "comment")),
        ),
        rows=Rows(
            LesionMeasurement,
            _("Lesions"),
            "lesion_measurements",
            expected=known_lesions,
            can_add=True,
            identity=("lesion",),
            named=lesion_number,
            extra_form=MeasurementForm,
        ),
    )
)
register(
    FormSpec(
        "lesions",
        Lesion,
        "lesions",
        summary=("number", "kind", "organ", "description", "first_seen_on"),
    )
)
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
        summary=("term", "grade", "started_on", "ended_on", "is_serious", "outcome"),
    )
)
register(FormSpec("survival-status", SurvivalStatus, "survival_status"))
register(FormSpec("death", Death, "deaths"))
