"""The ECG at rest, as measured; the corrected QT is computed from it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, IntegerField, TextField
from enrollment.models import VisitForm
from enrollment.models.record import Problems
from outcomes.models.consistency import before_birth


class Electrocardiogram(VisitForm):
    class Assessment(models.TextChoices):
        NORMAL = "normal", _("normal")
        NOT_SIGNIFICANT = "abnormal-ncs", _("abnormal, not clinically significant")
        SIGNIFICANT = "abnormal-cs", _("abnormal, clinically significant")

    recorded_on = DateField(_("recorded on"))
    heart_rate_per_min = IntegerField(
        _("heart rate"), unit=_("/min"), hard=(20, 250), soft=(50, 110)
    )
    pr_ms = IntegerField(
        _("PR interval"), unit="ms", hard=(40, 500), soft=(110, 220), required=False
    )
    qrs_ms = IntegerField(_("QRS duration"), unit="ms", hard=(40, 300), soft=(60, 120))
    qt_ms = IntegerField(_("QT interval"), unit="ms", hard=(200, 800), soft=(320, 480))
    assessment = ChoiceField(_("assessment"), choices=Assessment.choices)
    findings = TextField(
        _("findings"), max_length=500, shown_when=("assessment", ("abnormal-ncs", "abnormal-cs"))
    )

    class Meta(VisitForm.Meta):
        verbose_name = _("ECG")
        verbose_name_plural = _("ECG")

    def problems(self) -> Problems:
        found = before_birth(self, "recorded_on")
        if self.qrs_ms is not None and self.qt_ms is not None and self.qt_ms <= self.qrs_ms:
            found["qt_ms"] = _("Enter a QT interval that is longer than the QRS duration.")
        return found
