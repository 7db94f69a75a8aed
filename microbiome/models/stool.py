"""Stool collection at a visit, with what else changes the gut flora."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import DateField, IntegerField, TextField, YesNoField
from enrollment.models import VisitForm


class StoolSample(VisitForm):
    class Bristol(models.IntegerChoices):
        """Lewis and Heaton 1997, Scand J Gastroenterol 32:920."""

        TYPE_1 = 1, _("1: separate hard lumps")
        TYPE_2 = 2, _("2: lumpy sausage")
        TYPE_3 = 3, _("3: sausage with cracks")
        TYPE_4 = 4, _("4: smooth soft sausage")
        TYPE_5 = 5, _("5: soft blobs")
        TYPE_6 = 6, _("6: mushy pieces")
        TYPE_7 = 7, _("7: watery")

    is_collected = YesNoField(_("sample collected"), may_be_missing=False)
    not_collected_reason = TextField(
        _("reason why not collected"), shown_when=("is_collected", ("N",))
    )
    collected_on = DateField(_("collected on"), shown_when=("is_collected", ("Y",)))
    bristol_type = IntegerField(
        _("Bristol stool type"),
        choices=Bristol.choices,
        hard=(1, 7),
        shown_when=("is_collected", ("Y",)),
    )
    was_at_home = YesNoField(
        _("collected at home"), required=False, shown_when=("is_collected", ("Y",))
    )
    last_capsule_on = DateField(
        _("last study capsule on"),
        required=False,
        help_text=_("Leave empty before the first capsule."),
    )
    had_bowel_preparation = YesNoField(_("bowel preparation in the last 4 weeks"), required=False)
    had_antibiotics = YesNoField(_("antibiotics in the last 3 months"))
    had_probiotics = YesNoField(
        _("other probiotics in the last 3 months"), help_text=_("Do not count study capsules.")
    )
    had_acid_blockers = YesNoField(_("acid blockers in the last 3 months"))

    class Meta(VisitForm.Meta):
        verbose_name = _("stool sample")
        verbose_name_plural = _("stool samples")
