"""How treatment and study ended."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, TextField
from enrollment.models.record import PatientForm, Problems


class EndOfTreatment(PatientForm):
    class Reason(models.TextChoices):
        COMPLETED = "completed", _("all planned courses taken")
        PROGRESSION = "progression", _("progressive disease")
        CLINICAL_PROGRESSION = "clinical-progression", _("clinical progression without a scan")
        TOXICITY = "toxicity", _("intolerable toxicity")
        WITHDRAWAL = "withdrawal", _("the patient's wish")
        INVESTIGATOR = "investigator", _("the investigator's decision")
        DEATH = "death", _("death")
        OTHER = "other", _("other")

    last_dose_on = DateField(_("last dose taken on"))
    ended_on = DateField(_("treatment ended on"), may_be_missing=False)
    reason = ChoiceField(_("reason"), choices=Reason.choices, may_be_missing=False)
    reason_text = TextField(_("explanation"), shown_when=("reason", ("other", "investigator")))
    new_therapy_on = DateField(
        _("new anticancer therapy started on"),
        required=False,
        help_text=_("Leave empty when none was started. It can censor progression-free survival."),
    )
    new_therapy = TextField(_("new anticancer therapy"), required=False)

    class Meta(PatientForm.Meta):
        verbose_name = _("end of treatment")
        verbose_name_plural = _("ends of treatment")

    def problems(self) -> Problems:
        if self.last_dose_on and self.ended_on and self.last_dose_on > self.ended_on:
            return {
                "ended_on": _("Enter the day of the last dose or a later one as end of treatment.")
            }
        return {}


class EndOfStudy(PatientForm):
    class Reason(models.TextChoices):
        COMPLETED = "completed", _("follow-up completed")
        DEATH = "death", _("death")
        LOST = "lost", _("lost to follow-up")
        WITHDRAWAL = "withdrawal", _("consent withdrawn")
        OTHER = "other", _("other")

    ended_on = DateField(_("study ended on"), may_be_missing=False)
    reason = ChoiceField(_("reason"), choices=Reason.choices, may_be_missing=False)
    reason_text = TextField(_("explanation"), shown_when=("reason", ("other",)))
    last_known_alive_on = DateField(
        _("last known alive on"), shown_when=("reason", ("lost", "withdrawal", "other"))
    )

    class Meta(PatientForm.Meta):
        verbose_name = _("end of study")
        verbose_name_plural = _("ends of study")
