"""What people decide about dose-limiting toxicities (DLT): event by event, and for each cohort.

Both are logs: a row is added and never changed, and the newest one holds.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedManager, Trial, User
from outcomes.models.safety import AdverseEvent


class ToxicityJudgement(models.Model):
    """An investigator says whether an adverse event is dose-limiting."""

    APPEND_ONLY = True
    SITE_PATH = "event__patient__site"

    event = models.ForeignKey(AdverseEvent, models.PROTECT, related_name="toxicity_judgements")
    is_dose_limiting = models.BooleanField(_("dose-limiting"))
    reason = models.CharField(_("reason"), max_length=500)
    judged_as = models.JSONField(_("what the event said"))
    judged_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(_("judged"))

    objects = SiteScopedManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="toxicity_judgement_has_reason",
                violation_error_message=_("Say why."),
            )
        ]
        verbose_name = _("judgement of a toxicity")
        verbose_name_plural = _("judgements of toxicities")

    def __str__(self) -> str:
        return f"{self.event_id} {self.is_dose_limiting}"


def judged_facts(event: AdverseEvent) -> dict[str, Any]:
    """What a judgement rests on. When one of these changes, the event is judged anew."""
    return {
        "term": event.name,
        "grade": event.grade,
        "started_on": str(event.started_on) if event.started_on else "",
        "related_to_capsules": event.related_to_capsules,
        "related_to_background": event.related_to_background,
    }


class CohortDecision(models.Model):
    """What was decided for a cohort, with the counts at that moment."""

    APPEND_ONLY = True

    class Decision(models.TextChoices):
        CONTINUE = "continue", _("continue")
        EXPAND = "expand", _("expand the cohort")
        PAUSE = "pause", _("pause enrollment")
        DE_ESCALATE = "de-escalate", _("de-escalate")
        STOP = "stop", _("stop")

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="cohort_decisions")
    cohort = models.SlugField(_("cohort"))
    decision = models.CharField(_("decision"), max_length=11, choices=Decision.choices)
    reason = models.CharField(_("reason"), max_length=1000)
    counts = models.JSONField(_("counts"))
    """Those of `outcomes.calc.cohorts`, with `allowed`, the rule's `verdict`, the `version` of the
    definition, and the ids of the `members`, who stay in the cohort."""
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="cohort_decision_has_reason",
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                condition=models.Q(
                    decision__in=["continue", "expand", "pause", "de-escalate", "stop"]
                ),
                name="cohort_decision_known",
            ),
        ]
        verbose_name = _("decision about a cohort")
        verbose_name_plural = _("decisions about cohorts")

    def __str__(self) -> str:
        return f"{self.cohort} {self.decision}"

    @property
    def is_against_rule(self) -> bool:
        """The rule asked for something else; where it asked for nothing, no decision is."""
        verdict = self.counts.get("verdict", "")
        return verdict in ("expand", "continue", "stop") and verdict != self.decision
