"""Whether the patient lives, as known at a visit, and the death."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, PartialDateField, TextField, YesNoField
from enrollment.models import EndOfStudy, PatientForm, VisitForm
from enrollment.models.record import Problems
from outcomes.models.consistency import before_birth, last_day
from outcomes.models.safety import AdverseEvent


class SurvivalStatus(VisitForm):
    class Status(models.TextChoices):
        ALIVE = "alive", _("alive")
        DEAD = "dead", _("dead")
        UNKNOWN = "unknown", _("unknown")

    status = ChoiceField(_("status"), choices=Status.choices, may_be_missing=False)
    status_on = DateField(
        _("date of status"),
        help_text=_("Alive: the last contact. Dead: the day on which you learned of it."),
        shown_when=("status", ("alive", "dead")),
    )

    class Meta(VisitForm.Meta):
        verbose_name = _("survival status")
        verbose_name_plural = _("survival status")

    def problems(self) -> Problems:
        return before_birth(self, "status_on") | self._death_problem()

    def _death_problem(self) -> Problems:
        death = Death.objects.filter(patient=self.patient_id).first()
        if death is None or death.died_on is None or self.status_on is None:
            return {}
        if self.status == self.Status.ALIVE and self.status_on > death.died_on.last_day:
            return {"status_on": _("The patient died before this day, by the form on the death.")}
        if self.status == self.Status.DEAD and self.status_on < death.died_on.first_day:
            return {"status_on": _("The patient died after this day, by the form on the death.")}
        return {}


class Death(PatientForm):
    class Cause(models.TextChoices):
        PROGRESSION = "progression", _("progressive disease")
        ADVERSE_EVENT = "adverse-event", _("adverse event")
        OTHER = "other", _("other")
        UNKNOWN = "unknown", _("unknown")

    class Source(models.TextChoices):
        HOSPITAL = "hospital", _("hospital record")
        CERTIFICATE = "certificate", _("death certificate")
        REGISTRY = "registry", _("registry")
        FAMILY = "family", _("family or caregiver")
        OTHER = "other", _("other")

    died_on = PartialDateField(_("date of death"), may_be_missing=False)
    cause = ChoiceField(_("cause of death"), choices=Cause.choices, may_be_missing=False)
    cause_text = TextField(
        _("explanation"), max_length=500, shown_when=("cause", ("adverse-event", "other"))
    )

    primary_cause = TextField(
        _("primary cause of death"),
        max_length=300,
        help_text=_("As on the certificate: the disease or injury that began the chain."),
    )
    is_due_to_disease = YesNoField(_("due to the disease under study"))
    related_to_capsules = ChoiceField(
        _("related to study capsules"), choices=AdverseEvent.Relation.choices
    )
    related_to_background = ChoiceField(
        _("related to background therapy"), choices=AdverseEvent.Relation.choices
    )
    autopsy = ChoiceField(
        _("autopsy"),
        choices=[("done", _("done")), ("planned", _("planned")), ("none", _("none"))],
    )
    autopsy_findings = TextField(
        _("findings of the autopsy"), max_length=1000, shown_when=("autopsy", ("done",))
    )
    source = ChoiceField(_("source of the information"), choices=Source.choices)

    class Meta(PatientForm.Meta):
        verbose_name = _("death")
        verbose_name_plural = _("deaths")

    def problems(self) -> Problems:
        return (
            before_birth(self, "died_on")
            | self._order_problem()
            | self._cause_problem()
            | self._end_of_study_problem()
        )

    def _order_problem(self) -> Problems:
        """A patient who was enrolled, or known to be alive, cannot have died before."""
        died_by = last_day(self.died_on)
        if died_by is None:
            return {}
        enrolled_on = self.patient.enrolled_on
        if enrolled_on and died_by < enrolled_on:
            return {"died_on": _("Enter a date of death on or after the enrollment.")}
        alive = SurvivalStatus.objects.filter(
            patient=self.patient_id, status=SurvivalStatus.Status.ALIVE, status_on__gt=died_by
        )
        seen_on = alive.order_by("-status_on").values_list("status_on", flat=True).first()
        if seen_on is not None:
            return {
                "died_on": _("The survival status says that the patient was alive on %(day)s.")
                % {"day": seen_on.isoformat()}
            }
        return {}

    def _cause_problem(self) -> Problems:
        is_event = self.cause == self.Cause.ADVERSE_EVENT
        events = AdverseEvent.objects.filter(patient=self.patient_id, grade=5)
        if is_event and not events.exists():
            return {"cause": _("Enter the adverse event with grade 5 in its log first.")}
        return {}

    def _end_of_study_problem(self) -> Problems:
        if self.died_on is None:
            return {}
        ended = EndOfStudy.objects.filter(patient=self.patient_id, reason="death").first()
        if ended and ended.ended_on and ended.ended_on < self.died_on.first_day:
            return {
                "died_on": _("By the end of study the patient had died by %(day)s.")
                % {"day": ended.ended_on.isoformat()}
            }
        return {}
