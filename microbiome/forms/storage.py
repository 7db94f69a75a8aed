"""Laboratories, boxes and shipments."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.fields.inputs import IntegerInput
from core.models import Site
from microbiome.forms.specimens import (
    AtMoment,
    LaboratoryChoice,
    SiteChoice,
    barcodes_in,
    reason_input,
    temperature_input,
)
from microbiome.models import Laboratory
from microbiome.models.storage import MOST_COLUMNS, MOST_ROWS

BARCODES = {"rows": 6, "class": "barcode-input", "spellcheck": "false"}


def barcodes_input(label: Any, help_text: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=20_000,
        widget=forms.Textarea(attrs=BARCODES),
        error_messages={"required": _("Scan or type at least one barcode.")},
    )


class LaboratoryForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        label=_("Name"), max_length=80, error_messages={"required": _("Enter a name.")}
    )
    site = SiteChoice(
        None,
        label=_("Of site"),
        required=False,
        empty_label=_("Central: all sites send to it"),
    )

    def __init__(self, *args: Any, sites: "QuerySet[Site]", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]


class BoxForm(forms.Form):
    use_required_attribute = False

    laboratory = LaboratoryChoice(
        None, label=_("Laboratory"), error_messages={"required": _("Choose a laboratory.")}
    )
    freezer = forms.CharField(
        label=_("Freezer"), max_length=40, error_messages={"required": _("Name the freezer.")}
    )
    temperature_c = temperature_input(_("Temperature, °C"))
    shelf = forms.CharField(label=_("Shelf"), max_length=20, required=False)
    rack = forms.CharField(label=_("Rack"), max_length=20, required=False)
    name = forms.CharField(
        label=_("Box"), max_length=40, error_messages={"required": _("Name the box.")}
    )
    rows = IntegerInput(label=_("Rows"), min_value=1, max_value=MOST_ROWS, initial=9)
    columns = IntegerInput(label=_("Columns"), min_value=1, max_value=MOST_COLUMNS, initial=9)

    def __init__(self, *args: Any, laboratories: "QuerySet[Laboratory]", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["laboratory"].queryset = laboratories  # type: ignore[attr-defined]
        self.fields["laboratory"].initial = laboratories.first()


class PutForm(AtMoment):
    """Several tubes into a box, in the order scanned."""

    barcodes = barcodes_input(
        _("Barcodes"), _("Scan one after the other. Nothing is stored if one is wrong.")
    )
    first = forms.CharField(
        label=_("From cell"),
        max_length=3,
        error_messages={"required": _("Enter a cell such as A1.")},
    )
    field_order = ("barcodes", "first", "at")

    def clean_barcodes(self) -> list[str]:
        return barcodes_in(self.cleaned_data["barcodes"])

    def clean_first(self) -> str:
        return str(self.cleaned_data["first"]).strip().upper()


class SendForm(AtMoment):
    sender = LaboratoryChoice(
        None, label=_("From"), error_messages={"required": _("Choose the laboratory that sends.")}
    )
    receiver = LaboratoryChoice(
        None, label=_("To"), error_messages={"required": _("Choose the laboratory that receives.")}
    )
    barcodes = barcodes_input(
        _("Barcodes"), _("Scan every tube as it is packed. Nothing is sent if one is wrong.")
    )
    carrier = forms.CharField(
        label=_("Carrier and waybill"),
        max_length=80,
        error_messages={"required": _("Name the carrier.")},
    )
    packed_c = temperature_input(
        _("Packed at, °C"), help_text=_("Dry ice is -78; what was frozen thaws above -10.")
    )
    field_order = ("sender", "receiver", "barcodes", "carrier", "packed_c", "at")

    def __init__(
        self,
        *args: Any,
        senders: "QuerySet[Laboratory]",
        receivers: "QuerySet[Laboratory]",
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["sender"].queryset = senders  # type: ignore[attr-defined]
        self.fields["sender"].initial = senders.first()
        self.fields["receiver"].queryset = receivers  # type: ignore[attr-defined]

    def clean_barcodes(self) -> list[str]:
        return barcodes_in(self.cleaned_data["barcodes"])


class ReceiptForm(AtMoment):
    """What arrived: scanned tubes, and those declared missing."""

    scanned = barcodes_input(_("Tubes that arrived"), _("Scan each tube."), required=False)
    missing = forms.MultipleChoiceField(
        label=_("Declared missing"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose tubes of this shipment.")},
    )
    arrival_c = temperature_input(_("Temperature on arrival, °C"))
    differences = reason_input(
        _("Differences"),
        required=False,
        help_text=_("Broken, thawed or missing tubes. Needed where one is missing."),
    )
    field_order = ("scanned", "missing", "arrival_c", "differences", "at")

    def __init__(self, *args: Any, barcodes: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["missing"].choices = [(each, each) for each in barcodes]  # type: ignore[attr-defined]

    def clean_scanned(self) -> list[str]:
        return barcodes_in(self.cleaned_data["scanned"])
