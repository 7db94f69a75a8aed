"""Collecting a specimen, and what is done with one tube."""

import re
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.fields.inputs import DateInput, IntegerInput, NumberInput
from core.fields.moment import MomentInput
from core.models import Site
from microbiome.actions.specimens import MOST_KITS, MOST_PARTS
from microbiome.models import Box, Fixative, Laboratory, Material
from microbiome.models.specimens import COLLECTED, CONTROLS

COLDEST, WARMEST = -200, 60


def amount_input(label: Any, help_text: Any = "") -> NumberInput:
    return NumberInput(
        label=label,
        help_text=help_text,
        max_digits=9,
        decimal_places=3,
        error_messages={"required": _("Enter an amount.")},
    )


def temperature_input(label: Any, *, required: bool = True, help_text: Any = "") -> NumberInput:
    return NumberInput(
        label=label,
        required=required,
        help_text=help_text,
        max_digits=4,
        decimal_places=1,
        min_value=COLDEST,
        max_value=WARMEST,
        error_messages={"required": _("Enter a temperature.")},
    )


def reason_input(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=500,
        error_messages={"required": _("Enter a reason.")},
    )


def barcode_input(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=40,
        widget=forms.TextInput(
            attrs={"class": "barcode-input", "autocomplete": "off", "spellcheck": "false"}
        ),
        error_messages={"required": _("Scan or type the barcode.")},
    )


class LaboratoryChoice(forms.ModelChoiceField):
    def label_from_instance(self, laboratory: Laboratory) -> str:
        return f"{laboratory.site.code} {laboratory}" if laboratory.site else laboratory.name


class BoxChoice(forms.ModelChoiceField):
    def label_from_instance(self, box: Box) -> str:
        return f"{box.way} ({box.temperature_c.normalize():f} °C)"


class SiteChoice(forms.ModelChoiceField):
    def label_from_instance(self, site: Site) -> str:
        return f"{site.code} {site.name}"


def barcodes_in(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", text) if part]


class AtMoment(forms.Form):
    use_required_attribute = False

    at = MomentInput(
        label=_("When"),
        help_text=_("Date and time on the clock of the site."),
        error_messages={"required": _("Enter a date and a time.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        now = timezone.now().replace(second=0, microsecond=0)
        options["initial"] = {"at": now} | options.get("initial", {})
        super().__init__(*args, **options)


class CollectForm(AtMoment):
    barcode = barcode_input(_("Barcode of the kit"))
    amount = amount_input(_("Amount"), _("Stool in g, blood and what is made of it in mL."))
    fixative = forms.ChoiceField(label=_("Fixative"), choices=Fixative.choices)
    reason = reason_input(
        _("Why outside the window"),
        required=False,
        help_text=_("Needed where the day is outside the window of the visit."),
    )
    field_order = ("barcode", "at", "amount", "fixative", "reason")


class ControlForm(AtMoment):
    barcode = barcode_input(_("Barcode of the kit"))
    laboratory = LaboratoryChoice(None, label=_("Laboratory"))
    amount = amount_input(_("Amount"), _("Capsules in g, others in mL."))
    reason = reason_input(
        _("What it is"), help_text=_("Kind and lot, such as the extraction kit or the capsules.")
    )
    field_order = ("barcode", "laboratory", "amount", "reason", "at")

    def __init__(self, *args: Any, laboratories: "QuerySet[Laboratory]", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["laboratory"].queryset = laboratories  # type: ignore[attr-defined]


class KitForm(forms.Form):
    """Labels for kits that are to be filled."""

    use_required_attribute = False

    site = SiteChoice(None, label=_("Site"))
    material = forms.ChoiceField(
        label=_("For"),
        choices=[(each.value, each.label) for each in (*COLLECTED, *CONTROLS)],
    )
    lot = forms.CharField(label=_("Lot of the containers"), max_length=40)
    expires_on = DateInput(label=_("Expires"))
    count = IntegerInput(label=_("How many"), min_value=1, max_value=MOST_KITS, initial=20)

    def __init__(self, *args: Any, sites: "QuerySet[Site]", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        self.fields["site"].initial = sites.first()


# --- What is done with one tube ------------------------------------------------------------------


class ReceiveForm(AtMoment):
    laboratory = LaboratoryChoice(None, label=_("Laboratory"))
    temperature_c = temperature_input(
        _("Temperature on arrival, °C"), required=False, help_text=_("Leave empty if not measured.")
    )
    field_order = ("laboratory", "temperature_c", "at")

    def __init__(self, *args: Any, laboratories: "QuerySet[Laboratory]", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["laboratory"].queryset = laboratories  # type: ignore[attr-defined]
        self.fields["laboratory"].initial = laboratories.first()


class StoreForm(AtMoment):
    box = BoxChoice(None, label=_("Box"))
    cell = forms.CharField(
        label=_("Cell"),
        help_text=_("Such as B7. Leave empty for the first free one."),
        max_length=3,
        required=False,
    )
    field_order = ("box", "cell", "at")

    def __init__(self, *args: Any, boxes: "QuerySet[Box]", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["box"].queryset = boxes  # type: ignore[attr-defined]
        self.fields["box"].initial = boxes.first()

    def clean_cell(self) -> str:
        return str(self.cleaned_data["cell"]).strip().upper()


class AliquotForm(AtMoment):
    parts = IntegerInput(
        label=_("How many aliquots"),
        min_value=1,
        max_value=MOST_PARTS,
        error_messages={"required": _("Enter how many.")},
    )
    amount = amount_input(_("Amount in each"))
    field_order = ("parts", "amount", "at")


class DeriveForm(AtMoment):
    material = forms.ChoiceField(
        label=_("Made into"),
        choices=[
            (each.value, each.label)
            for each in (Material.DNA, Material.SERUM, Material.PLASMA, Material.CELLS)
        ],
    )
    taken = amount_input(_("Taken from this tube"))
    amount = amount_input(_("Amount obtained"), _("DNA in µL, others in mL."))
    reason = reason_input(_("Method, kit and lot"))
    field_order = ("material", "taken", "amount", "reason", "at")


class UseForm(AtMoment):
    taken = amount_input(_("Amount used"))
    reason = reason_input(_("For which assay"))
    field_order = ("taken", "reason", "at")


class ReasonForm(AtMoment):
    reason = reason_input(_("Reason"))
    field_order = ("reason", "at")
