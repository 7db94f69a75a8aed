"""The EORTC QLQ-C30, version 3: the numbers that the patient marked, under the questions' numbers.

The wording is the EORTC's copyright and needs its licence. The patient answers on the licensed
paper or screen; here only numbers are entered.
"""

from django.db import models
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, IntegerField, YesNoField
from enrollment.models import VisitForm
from enrollment.models.record import Problems
from outcomes.calc.qlq_c30 import highest_answer
from outcomes.models.consistency import before_birth

# By the scale's name in `calc.qlq_c30`, in its order.
SCALE_LABELS: dict[str, Promise] = {
    "QL": _("global health and quality of life"),
    "PF": _("physical functioning"),
    "RF": _("role functioning"),
    "EF": _("emotional functioning"),
    "CF": _("cognitive functioning"),
    "SF": _("social functioning"),
    "FA": _("fatigue"),
    "NV": _("nausea and vomiting"),
    "PA": _("pain"),
    "DY": _("dyspnea"),
    "SL": _("insomnia"),
    "AP": _("appetite loss"),
    "CO": _("constipation"),
    "DI": _("diarrhea"),
    "FI": _("financial difficulties"),
    "C30SUMMARY": _("summary score"),
}

_ANSWERED = ("is_answered", ("Y",))


def _item(number: int) -> IntegerField:
    return IntegerField(
        format_lazy(_("question {number}"), number=number),
        hard=(1, highest_answer(number)),
        shown_when=_ANSWERED,
    )


class QualityOfLife(VisitForm):
    class Reason(models.TextChoices):
        TOO_ILL = "too-ill", _("the patient felt too ill")
        DECLINED = "declined", _("the patient declined")
        NOT_GIVEN = "not-given", _("the questionnaire was not handed out")
        LANGUAGE = "language", _("the patient could not read it")
        OTHER = "other", _("other")

    is_answered = YesNoField(_("questionnaire answered"), may_be_missing=False)
    not_answered_reason = ChoiceField(
        _("reason why not"), choices=Reason.choices, shown_when=("is_answered", ("N",))
    )
    answered_on = DateField(_("answered on"), shown_when=_ANSWERED)

    q1 = _item(1)
    q2 = _item(2)
    q3 = _item(3)
    q4 = _item(4)
    q5 = _item(5)
    q6 = _item(6)
    q7 = _item(7)
    q8 = _item(8)
    q9 = _item(9)
    q10 = _item(10)
    q11 = _item(11)
    q12 = _item(12)
    q13 = _item(13)
    q14 = _item(14)
    q15 = _item(15)
    q16 = _item(16)
    q17 = _item(17)
    q18 = _item(18)
    q19 = _item(19)
    q20 = _item(20)
    q21 = _item(21)
    q22 = _item(22)
    q23 = _item(23)
    q24 = _item(24)
    q25 = _item(25)
    q26 = _item(26)
    q27 = _item(27)
    q28 = _item(28)
    q29 = _item(29)
    q30 = _item(30)

    class Meta(VisitForm.Meta):
        verbose_name = _("quality of life (QLQ-C30)")
        verbose_name_plural = _("quality of life (QLQ-C30)")

    def problems(self) -> Problems:
        return before_birth(self, "answered_on")
