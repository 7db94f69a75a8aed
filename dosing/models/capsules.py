"""One course of capsules: day-1 gate, dispensing, returns, and what was taken on each day."""

from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.fields import DateField, IntegerField, TextField, YesNoField
from core.fields.captured import YesNo
from enrollment.calc.definition import Product
from enrollment.models import FormRow, Patient, VisitForm
from enrollment.models.record import Problems

MOST_TIMES_PLANNED = 3
"""A day with more than this many times the planned capsules is taken for a slip of the pen."""

GATE_FIELDS = ("is_day_one_observed", "has_day_one_reaction", "is_rest_released")
"""Asked only where the product's first day is a gate."""


def product_of(patient: Patient) -> Product:
    """The capsules that the definition plans for the patient.

    Where a trial has several (capsules and placebo), they are alike in number and days, or the
    form would tell the arm; the first one stands for all.
    """
    return patient.version.definition.products[0]


class CapsuleCourse(VisitForm):
    """The capsules of one course. Days count from `started_on`, which is day 1."""

    started_on = DateField(_("day 1 of the course"), may_be_missing=False)
    is_day_one_observed = YesNoField(_("first dose taken under observation"))
    has_day_one_reaction = YesNoField(
        _("adverse reaction on day 1"),
        help_text=_("If yes, record it as an adverse event too."),
    )
    is_rest_released = YesNoField(_("capsules of the following days released"))
    dispensed_capsules = IntegerField(_("capsules dispensed"), hard=(0, 1000))
    returned_capsules = IntegerField(_("capsules returned"), hard=(0, 1000))
    lost_capsules = IntegerField(
        _("capsules lost or kept by the patient"),
        hard=(0, 1000),
        required=False,
        help_text=_("Leave empty when none."),
    )
    comment = TextField(_("comment"), max_length=500, required=False)

    class Meta(VisitForm.Meta):
        verbose_name = _("capsule course")
        verbose_name_plural = _("capsule courses")

    def problems(self) -> Problems:
        if self.is_rest_released == YesNo.YES and product_of(self.patient).day_one_gate:
            if self.is_day_one_observed == YesNo.NO:
                return {
                    "is_rest_released": _(
                        "Release the following days only after an observed first dose: answer no,"
                        " or correct the answer about the observation."
                    )
                }
            if self.has_day_one_reaction == YesNo.YES:
                return {
                    "is_rest_released": _(
                        "After an adverse reaction on day 1 the following days are not released:"
                        " answer no, or correct the answer about the reaction."
                    )
                }
        dispensed, returned = self.dispensed_capsules, self.returned_capsules
        if dispensed is not None and returned is not None and returned > dispensed:
            return {"returned_capsules": _("Enter no more capsules than were dispensed.")}
        return {}

    def row_problems(self, rows: list[Any]) -> list[Problems]:
        found = [self._day_problem(row) for row in rows]
        if rows and not any(found) and (mismatch := self._mismatch(rows)):
            found[-1] = {"__all__": mismatch}
        return found

    def _day_problem(self, row: "DailyDose") -> Problems:
        product = product_of(self.patient)
        most = product.capsules_per_day * MOST_TIMES_PLANNED
        taken = row.capsules_taken
        if taken is None:
            return {}
        if taken > most:
            return {
                "capsules_taken": gettext("Enter the capsules of this one day, at most %(most)d.")
                % {"most": most}
            }
        if taken and (row.day or 0) > product.first_day and self.is_rest_released == YesNo.NO:
            return {
                "capsules_taken": _(
                    "The capsules of this day were not released: enter 0, or correct the release."
                )
            }
        return {}

    def _mismatch(self, rows: list["DailyDose"]) -> str:
        """The sentence about capsules that do not add up; empty while something is unknown."""
        taken = [row.capsules_taken for row in rows]
        dispensed, returned = self.dispensed_capsules, self.returned_capsules
        if dispensed is None or returned is None or None in taken:
            return ""
        gone = dispensed - returned - (self.lost_capsules or 0)
        total = sum(number for number in taken if number is not None)
        if gone == total:
            return ""
        return gettext(
            "Dispensed less returned and lost is %(gone)d, but the days add up to %(total)d."
            " Correct a number, or enter the capsules that were lost or kept."
        ) % {"gone": gone, "total": total}


class DailyDose(FormRow):
    """The capsules of one day."""

    record = models.ForeignKey(CapsuleCourse, models.PROTECT, related_name="rows")
    day = IntegerField(_("day of the course"), hard=(1, 60), may_be_missing=False)
    capsules_taken = IntegerField(_("capsules taken"), hard=(0, 100))

    class Meta(FormRow.Meta):
        verbose_name = _("daily dose")
        verbose_name_plural = _("daily doses")
        constraints = [
            models.UniqueConstraint(
                fields=["record", "day"],
                name="daily_dose_once",
                violation_error_message=_("This day is listed already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.capsules_taken}"
