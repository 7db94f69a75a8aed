"""Shipments, moves of kits, counts, temperatures and kit lists."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields.inputs import DateInput, IntegerInput, NumberInput
from core.models import Site
from dosing.actions.kit_list import is_lot_number
from enrollment.calc.definition import Definition

MOST_BYTES = 500_000


class SiteField(forms.ModelChoiceField):
    def label_from_instance(self, site: Site) -> str:
        return f"{site.code} {site.name}"


class OnDay(forms.Form):
    use_required_attribute = False

    happened_on = DateInput(
        label=gettext_lazy("Date"), error_messages={"required": gettext_lazy("Enter the date.")}
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("initial", {}).setdefault("happened_on", timezone.localdate())
        super().__init__(*args, **options)


def _reason(label: Any = None) -> forms.CharField:
    return forms.CharField(
        label=label or gettext_lazy("Reason"),
        max_length=500,
        error_messages={"required": gettext_lazy("Enter a reason.")},
    )


class KitNumbersForm(OnDay):
    """Several kits by their numbers, as a scanner or a person writes them."""

    numbers = forms.CharField(
        label=gettext_lazy("Kit numbers"),
        help_text=gettext_lazy("Scan or type, one to a line. Nothing is stored if one is wrong."),
        widget=forms.Textarea(attrs={"rows": 8, "class": "kit-numbers", "spellcheck": "false"}),
        max_length=40_000,
        error_messages={"required": gettext_lazy("Type or scan at least one kit number.")},
    )
    field_order: tuple[str, ...] = ("site", "numbers", "happened_on", "reason")

    def __init__(self, *args: Any, sites: QuerySet[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["site"] = _site_field(sites, gettext_lazy("Site"))
        self.order_fields(self.field_order)

    def clean_numbers(self) -> list[str]:
        return [part for part in re.split(r"[\s,;]+", self.cleaned_data["numbers"]) if part]


class ReasonedNumbersForm(KitNumbersForm):
    reason = _reason()


class SendForm(ReasonedNumbersForm):
    field_order = ("site", "to", "numbers", "happened_on", "reason")

    def __init__(self, *args: Any, all_sites: QuerySet[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"] = SiteField(
            all_sites,
            label=gettext_lazy("To site"),
            error_messages={"required": gettext_lazy("Choose the site that gets the kits.")},
        )
        self.order_fields(self.field_order)


def _site_field(sites: QuerySet[Site], label: Any) -> SiteField:
    return SiteField(
        sites,
        label=label,
        initial=sites.first(),
        error_messages={"required": gettext_lazy("Choose a site.")},
    )


class TemperatureForm(OnDay):
    lowest_c = NumberInput(
        label=gettext_lazy("Lowest, °C"),
        decimal_places=1,
        max_digits=4,
        error_messages={"required": gettext_lazy("Enter the lowest temperature.")},
    )
    highest_c = NumberInput(
        label=gettext_lazy("Highest, °C"),
        decimal_places=1,
        max_digits=4,
        error_messages={"required": gettext_lazy("Enter the highest temperature.")},
    )
    comment = forms.CharField(
        label=gettext_lazy("What happened"),
        help_text=gettext_lazy("Needed when the range was left."),
        required=False,
        max_length=500,
    )
    field_order = ("site", "happened_on", "lowest_c", "highest_c", "comment")

    def __init__(self, *args: Any, sites: QuerySet[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["site"] = _site_field(sites, gettext_lazy("Store of site"))
        self.order_fields(self.field_order)


class DecisionForm(OnDay):
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("release", gettext_lazy("The kits may be used: release them")),
            ("destroy", gettext_lazy("The kits may not be used: destroy them")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one.")},
    )
    reason = _reason(gettext_lazy("Who decided, and on what grounds"))
    field_order = ("decision", "reason", "happened_on")


class ConfirmKitForm(OnDay):
    number = forms.CharField(
        label=gettext_lazy("Kit number on the label"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type or scan the number on the label.")},
    )
    field_order = ("number", "happened_on")


class ReturnForm(OnDay):
    capsules = IntegerInput(
        label=gettext_lazy("Capsules brought back"),
        min_value=0,
        error_messages={"required": gettext_lazy("Count the capsules; enter 0 for none.")},
    )
    lost = IntegerInput(
        label=gettext_lazy("Capsules lost by the patient"), min_value=0, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("How they were lost"), max_length=500, required=False
    )
    field_order = ("capsules", "lost", "reason", "happened_on")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("lost") and not values.get("reason", "").strip():
            self.add_error("reason", _("Say how the capsules were lost."))
        return values


class CountForm(OnDay):
    capsules = IntegerInput(
        label=gettext_lazy("Capsules found in the kit"),
        min_value=0,
        error_messages={"required": gettext_lazy("Enter what you counted.")},
    )
    field_order = ("capsules", "happened_on")


class LossForm(OnDay):
    capsules = IntegerInput(
        label=gettext_lazy("Capsules lost or damaged"),
        help_text=gettext_lazy("Leave empty for all that the site has of this kit."),
        min_value=1,
        required=False,
    )
    reason = _reason()
    field_order = ("capsules", "reason", "happened_on")


class PatientLossForm(OnDay):
    capsules = IntegerInput(
        label=gettext_lazy("Capsules lost by the patient"),
        min_value=1,
        error_messages={"required": gettext_lazy("Enter how many were lost.")},
    )
    reason = _reason()
    field_order = ("capsules", "reason", "happened_on")


class CorrectionForm(OnDay):
    expected = forms.IntegerField(widget=forms.HiddenInput)
    reason = _reason(gettext_lazy("Why the entry is wrong"))
    field_order = ("reason", "happened_on", "expected")


class KitListForm(forms.Form):
    use_required_attribute = False

    kit_list = forms.FileField(
        label=gettext_lazy("Kit list (CSV)"),
        error_messages={"required": gettext_lazy("Choose the file.")},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_kit_list(self) -> str:
        """The text of the file."""
        sent = self.cleaned_data["kit_list"]
        if sent.size > MOST_BYTES:
            raise ValidationError(_("The file is too long for a kit list."))
        try:
            return str(sent.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise ValidationError(_("Save the file as CSV in UTF-8.")) from None


class IssueForm(forms.Form):
    """A new lot: how many kits of each arm; the system numbers them in random order."""

    use_required_attribute = False

    lot = forms.CharField(label=gettext_lazy("Lot"), max_length=20)
    expires_on = DateInput(label=gettext_lazy("Expires"))
    lowest_c = NumberInput(
        label=gettext_lazy("Stored at no less than, °C"), decimal_places=1, max_digits=4, initial=2
    )
    highest_c = NumberInput(
        label=gettext_lazy("Stored at no more than, °C"), decimal_places=1, max_digits=4, initial=8
    )

    def __init__(
        self,
        *args: Any,
        definition: Definition,
        sites: QuerySet[Site],
        language: str,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["site"] = _site_field(sites, gettext_lazy("Packed for site"))
        self.arms = [arm.id for arm in definition.arms]
        for arm in definition.arms:
            self.fields[f"count-{arm.id}"] = IntegerInput(
                label=_("Kits: %(arm)s") % {"arm": arm.name.in_language(language)},
                min_value=1,
                max_value=1000,
            )
        self.fields["seed"] = IntegerInput(
            label=gettext_lazy("Seed of the shuffle"),
            help_text=gettext_lazy("Any number. Keep it with the packaging records, unseen."),
            min_value=0,
            max_value=2**63 - 1,
        )

    def clean_lot(self) -> str:
        number: str = self.cleaned_data["lot"].strip()
        if not is_lot_number(number):
            raise ValidationError(
                _("Enter a lot of 1 to 20 letters, digits, hyphens, dots or slashes.")
            )
        return number

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        low, high = values.get("lowest_c"), values.get("highest_c")
        if low is not None and high is not None and low >= high:
            self.add_error("highest_c", _("Enter a storage range from low to high."))
        return values

    @property
    def counts(self) -> dict[str, int]:
        return {arm: self.cleaned_data[f"count-{arm}"] for arm in self.arms}
