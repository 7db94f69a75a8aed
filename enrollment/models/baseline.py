"""What is known of a patient before treatment, and the signs measured at each visit."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import (
    ChoiceField,
    IntegerField,
    NumberField,
    PartialDateField,
    TextField,
    YesNoField,
)
from enrollment.models.record import LogForm, Problems, VisitForm


class Baseline(VisitForm):
    """Disease history at screening; liver items do not apply to a colorectal cancer."""

    class Cause(models.TextChoices):
        HEPATITIS_B = "hepatitis-b", _("hepatitis B")
        HEPATITIS_C = "hepatitis-c", _("hepatitis C")
        ALCOHOL = "alcohol", _("alcohol")
        STEATOTIC = "steatotic", _("steatotic liver disease")
        OTHER = "other", _("other")
        NONE = "none", _("no liver disease")

    class Stage(models.TextChoices):
        STAGE_0 = "0", "0"
        STAGE_A = "A", "A"
        STAGE_B = "B", "B"
        STAGE_C = "C", "C"
        STAGE_D = "D", "D"

    diagnosed_on = PartialDateField(_("date of diagnosis"))
    liver_disease_cause = ChoiceField(_("cause of liver disease"), choices=Cause.choices)
    bclc_stage = ChoiceField(_("BCLC stage"), choices=Stage.choices)
    child_pugh_points = IntegerField(_("Child-Pugh score"), unit=_("points"), hard=(5, 15))
    afp_ug_l = NumberField(_("AFP"), unit="µg/L", hard=(0, 10_000_000), soft=(0, 100_000))
    has_portal_vein_invasion = YesNoField(_("portal vein invasion"))
    has_extrahepatic_spread = YesNoField(_("extrahepatic spread"))

    # What the BCLC stage is proposed from, where the trial's patients have one.
    nodules = IntegerField(_("number of liver nodules"), hard=(0, 99), required=False)
    largest_nodule_cm = NumberField(
        _("largest nodule"),
        unit="cm",
        hard=(0, 40),
        soft=(Decimal("0.5"), 25),
        required=False,
    )
    is_liver_preserved = YesNoField(
        _("liver function preserved"),
        help_text=_("A clinical judgment: not the same as Child-Pugh A."),
        required=False,
    )
    is_end_stage_liver = YesNoField(_("end-stage liver function"), required=False)
    is_transplantable = YesNoField(
        _("within transplant criteria"),
        shown_when=("is_end_stage_liver", ("Y",)),
        required=False,
    )
    is_ecog_due_to_tumor = YesNoField(_("ECOG 1 or 2 due to the tumor"), required=False)

    class Meta(VisitForm.Meta):
        verbose_name = _("baseline disease")
        verbose_name_plural = _("baseline disease")


class PriorTherapy(LogForm):
    """One earlier line of anticancer therapy."""

    class DrugClass(models.TextChoices):
        CHEMOTHERAPY = "chemotherapy", _("chemotherapy")
        TKI = "tki", _("tyrosine kinase inhibitor")
        ICI = "ici", _("immune checkpoint inhibitor")
        ANTI_ANGIOGENIC = "anti-angiogenic", _("anti-angiogenic antibody")
        COMBINATION = "combination", _("combination")
        LOCAL = "local", _("local therapy (surgery, ablation, embolization, radiation)")
        OTHER = "other", _("other")

    class BestResponse(models.TextChoices):
        CR = "CR", _("complete response")
        PR = "PR", _("partial response")
        SD = "SD", _("stable disease")
        PD = "PD", _("progressive disease")
        NE = "NE", _("not evaluable")

    class StopReason(models.TextChoices):
        PROGRESSION = "progression", _("progressive disease")
        TOXICITY = "toxicity", _("intolerable toxicity")
        COMPLETED = "completed", _("completed as planned")
        OTHER = "other", _("other")

    line = IntegerField(_("line of therapy"), hard=(1, 20))
    drugs = TextField(_("drugs or procedure"))
    drug_class = ChoiceField(_("class"), choices=DrugClass.choices)
    started_on = PartialDateField(_("start"))
    stopped_on = PartialDateField(_("stop"), required=False)
    best_response = ChoiceField(_("best response"), choices=BestResponse.choices)
    stop_reason = ChoiceField(_("reason for stopping"), choices=StopReason.choices, required=False)

    class Meta(LogForm.Meta):
        verbose_name = _("earlier therapy")
        verbose_name_plural = _("earlier therapies")

    def problems(self) -> Problems:
        start, stop = self.started_on, self.stopped_on
        if start and stop and stop.last_day < start.first_day:
            return {"stopped_on": _("Enter a stop that is not before the start.")}
        return {}


class VitalSigns(VisitForm):
    class Ecog(models.TextChoices):
        ECOG_0 = "0", _("0: fully active")
        ECOG_1 = "1", _("1: restricted in strenuous activity")
        ECOG_2 = "2", _("2: up and about more than half of the day")
        ECOG_3 = "3", _("3: in bed or chair more than half of the day")
        ECOG_4 = "4", _("4: completely disabled")

    class Ascites(models.TextChoices):
        NONE = "none", _("none")
        SLIGHT = "slight", _("slight, or controlled")
        MODERATE = "moderate", _("moderate to severe")

    class Encephalopathy(models.TextChoices):
        NONE = "none", _("none")
        LOW = "1-2", _("grade 1 or 2")
        HIGH = "3-4", _("grade 3 or 4")

    ecog = ChoiceField(_("ECOG performance status"), choices=Ecog.choices)
    weight_kg = NumberField(_("weight"), unit="kg", hard=(20, 300), soft=(35, 130))
    height_cm = NumberField(
        _("height"), unit="cm", hard=(100, 230), soft=(140, 200), required=False
    )
    temperature_c = NumberField(_("temperature"), unit="°C", hard=(30, 45), soft=(35, 38))
    systolic_mmhg = IntegerField(
        _("systolic blood pressure"), unit="mmHg", hard=(50, 280), soft=(90, 160)
    )
    diastolic_mmhg = IntegerField(
        _("diastolic blood pressure"), unit="mmHg", hard=(20, 180), soft=(50, 100)
    )
    pulse_per_min = IntegerField(_("pulse"), unit=_("/min"), hard=(20, 250), soft=(50, 110))

    ascites = ChoiceField(_("ascites"), choices=Ascites.choices, required=False)
    encephalopathy = ChoiceField(
        _("hepatic encephalopathy"), choices=Encephalopathy.choices, required=False
    )

    class Meta(VisitForm.Meta):
        verbose_name = _("vital signs and ECOG")
        verbose_name_plural = _("vital signs and ECOG")

    def problems(self) -> Problems:
        high, low = self.systolic_mmhg, self.diastolic_mmhg
        if high is not None and low is not None and high <= low:
            return {"systolic_mmhg": _("Enter a systolic pressure above the diastolic one.")}
        return {}
