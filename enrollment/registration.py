"""The forms of this app."""

from django.utils.translation import gettext_lazy as _

from core.audit.reading import register_namer
from core.models import User
from enrollment.actions.deviations import FORM
from enrollment.actions.schedule import reschedule
from enrollment.added import added_specs, model_named
from enrollment.forms.deviations import DeviationForm
from enrollment.models import (
    Baseline,
    EndOfStudy,
    EndOfTreatment,
    PriorTherapy,
    ProtocolDeviation,
    VitalSigns,
)
from enrollment.registry import FormSpec, Section, register, register_source

register(
    FormSpec(
        "baseline",
        Baseline,
        "baseline",
        sections=(
            Section(_("Disease"), ("diagnosed_on", "has_extrahepatic_spread")),
            Section(
                _("Liver"),
                (
                    "liver_disease_cause",
                    "bclc_stage",
                    "child_pugh_points",
                    "afp_ug_l",
                    "has_portal_vein_invasion",
                ),
            ),
            Section(
                _("For the BCLC stage"),
                (
                    "nodules",
                    "largest_nodule_cm",
                    "is_liver_preserved",
                    "is_end_stage_liver",
                    "is_transplantable",
                    "is_ecog_due_to_tumor",
                ),
            ),
        ),
    )
)
register(
    FormSpec(
        "vital-signs",
        VitalSigns,
        "vital_signs",
        sections=(
            Section(_("Performance status"), ("ecog",)),
            Section(_("Body size"), ("weight_kg", "height_cm")),
            Section(
                _("Signs"),
                ("temperature_c", "systolic_mmhg", "diastolic_mmhg", "pulse_per_min"),
            ),
            Section(_("Liver disease"), ("ascites", "encephalopathy")),
        ),
    )
)
register(
    FormSpec(
        "prior-therapies",
        PriorTherapy,
        "prior_therapies",
        summary=("line", "drugs", "drug_class", "started_on", "stopped_on", "best_response"),
    )
)


register(
    FormSpec(
        FORM,
        ProtocolDeviation,
        "protocol_deviations",
        sections=(
            Section(_("Deviation"), ("category", "importance", "visit_key", "happened_on")),
            Section(_("What happened"), ("description", "cause", "action")),
            Section(_("Ethics committee"), ("needs_ethics_report", "ethics_reported_on")),
        ),
        form_mixin=DeviationForm,
        summary=("category", "importance", "visit_key", "happened_on", "ethics_reported_on"),
    )
)


def _replan(record: EndOfTreatment | EndOfStudy, by: User) -> None:
    reschedule(record.patient, by=by)


register(FormSpec("end-of-treatment", EndOfTreatment, "end_of_treatment", after_save=_replan))
register(FormSpec("end-of-study", EndOfStudy, "end_of_study", after_save=_replan))
register_source(added_specs)
register_namer(model_named)
