"""The patient's lesions, each under a number of its own.

Source: Eisenhauer 2009, Eur J Cancer 45:228 (RECIST 1.1), section 3.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, IntegerField, TextField, YesNoField
from core.fields.captured import YesNo
from enrollment.models import LogForm
from enrollment.models.record import Problems
from outcomes.models.consistency import before_birth

NUMBER_TAKEN = _("Another lesion of this patient has this number: enter a free one.")


def number_once(name: str) -> models.UniqueConstraint:
    """A reader gives each number once to a patient."""
    return models.UniqueConstraint(
        fields=["patient", "number"], name=name, violation_error_message=NUMBER_TAKEN
    )


class LesionFields(LogForm):
    """One lesion of one reader, under the number that it keeps on every scan."""

    class Kind(models.TextChoices):
        TARGET = "target", _("target")
        NON_TARGET = "non-target", _("non-target")
        NEW = "new", _("new")

    class Organ(models.TextChoices):
        """Paired organs are one, and so are all lymph nodes together."""

        LIVER = "liver", _("liver")
        LUNG = "lung", _("lung")
        LYMPH_NODE = "lymph-node", _("lymph node")
        PORTAL_VEIN = "portal-vein", _("portal vein")
        ADRENAL = "adrenal", _("adrenal gland")
        PERITONEUM = "peritoneum", _("peritoneum")
        COLON = "colon", _("colon")
        RECTUM = "rectum", _("rectum")
        KIDNEY = "kidney", _("kidney")
        SPLEEN = "spleen", _("spleen")
        PANCREAS = "pancreas", _("pancreas")
        OVARY = "ovary", _("ovary")
        BONE = "bone", _("bone")
        BRAIN = "brain", _("brain")
        SKIN = "skin", _("skin and soft tissue")
        PLEURA = "pleura", _("pleura")
        ASCITES = "ascites", _("ascites or effusion")
        OTHER = "other", _("other")

    number = IntegerField(_("lesion number"), hard=(1, 999), may_be_missing=False)
    kind = ChoiceField(_("kind of lesion"), choices=Kind.choices, may_be_missing=False)
    organ = ChoiceField(_("organ"), choices=Organ.choices, may_be_missing=False)
    is_node = YesNoField(_("lymph node"), may_be_missing=False)
    description = TextField(_("where exactly"), required=False)
    first_seen_on = DateField(_("first seen on"))
    is_unequivocal = YesNoField(
        _("unequivocal"), shown_when=("kind", ("new",)), may_be_missing=False
    )

    class Meta(LogForm.Meta):
        abstract = True

    def __str__(self) -> str:
        parts = [
            str(self.number or ""),
            self.get_kind_display(),
            self.get_organ_display(),
            self.description,
        ]
        return " · ".join(part for part in parts if part)

    def problems(self) -> Problems:
        return before_birth(self, "first_seen_on") | self._number_problem() | self._node_problem()

    def _number_problem(self) -> Problems:
        """The constraint in words; the entry form does not check one that names the patient."""
        namesakes = type(self)._default_manager.filter(patient=self.patient, number=self.number)
        if self.number is not None and namesakes.exclude(pk=self.pk).exists():
            return {"number": NUMBER_TAKEN}
        return {}

    def _node_problem(self) -> Problems:
        """Organ and node must agree: the node's short axis is what is measured."""
        is_in_nodes = self.organ == self.Organ.LYMPH_NODE
        if self.organ and self.is_node and is_in_nodes != (self.is_node == YesNo.YES):
            return {"is_node": _("Answer yes for a lymph node, no for any other organ.")}
        return {}


class Lesion(LesionFields):
    """As the investigator names it."""

    class Meta(LesionFields.Meta):
        verbose_name = _("lesion")
        verbose_name_plural = _("lesions")
        constraints = [*LesionFields.Meta.constraints, number_once("lesion_number_once")]
