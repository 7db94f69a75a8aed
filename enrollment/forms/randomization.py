"""What people type to make a list, to randomize and to unblind."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core.fields.inputs import DateInput
from enrollment.actions.randomization_lists import MOST_PLACES
from enrollment.calc.definition import Stratum
from enrollment.models import Patient, Unblinding
from enrollment.queries.arms import Account

MOST_BYTES = 1_000_000


class PlacesForm(forms.Form):
    use_required_attribute = False

    per_stratum = forms.IntegerField(
        label=gettext_lazy("Places in each stratum, at least"),
        min_value=1,
        max_value=MOST_PLACES,
        help_text=gettext_lazy("The last block is always whole."),
        error_messages={"required": gettext_lazy("Enter a number of places.")},
    )


class UploadForm(forms.Form):
    use_required_attribute = False

    file = forms.FileField(
        label=gettext_lazy("CSV file with stratum, sequence, arm"),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("Choose a file of at most 1 MB."))
        content: bytes = file.read()
        return content


class RandomizeForm(forms.Form):
    """The stratum that the person saw, and the factors that no form tells."""

    use_required_attribute = False

    confirmed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, asked: list[Stratum], **options: Any) -> None:
        super().__init__(*args, **options)
        language = get_language() or "en"
        for stratum in asked:
            self.fields[stratum.id] = forms.ChoiceField(
                label=stratum.label.in_language(language),
                choices=[(level.id, level.label.in_language(language)) for level in stratum.levels],
                widget=forms.RadioSelect,
                error_messages={"required": gettext_lazy("Choose what is true of the patient.")},
            )
        self.names = [stratum.id for stratum in asked]

    @property
    def asked(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.names}


def _text(label: Any, error: Any, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": error},
        **options,
    )


class _Password(forms.Form):
    use_required_attribute = False

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Enter your password to confirm that it is you.")},
    )


class EmergencyForm(_Password):
    reason_code = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("", ""), *Unblinding.Reason.choices],
        error_messages={"required": gettext_lazy("Choose the reason.")},
    )
    reason = _text(
        gettext_lazy("Explanation"), gettext_lazy("Explain why the arm must be known now.")
    )
    informed = _text(
        gettext_lazy("Who was informed, or will be"),
        gettext_lazy("Name who learns the arm."),
        help_text=gettext_lazy("Tell the arm to nobody who does not need it for the treatment."),
    )
    impact = _text(
        gettext_lazy("Impact on the trial"),
        gettext_lazy("Say what it means for the patient's further part in the trial."),
    )

    field_order = ("reason_code", "reason", "informed", "impact", "password")

    @property
    def account(self) -> Account:
        names = ("reason_code", "reason", "informed", "impact")
        return Account(**{name: self.cleaned_data[name] for name in names})


class AccidentForm(forms.Form):
    use_required_attribute = False

    patient = forms.ModelChoiceField(
        label=gettext_lazy("Patient"),
        queryset=Patient.objects.none(),
        error_messages={"required": gettext_lazy("Choose the patient.")},
    )
    happened_on = DateInput(label=gettext_lazy("Day on which it happened"))
    reason = _text(
        gettext_lazy("What happened"),
        gettext_lazy("Say what happened."),
        help_text=gettext_lazy("Do not write the arm."),
    )
    informed = _text(gettext_lazy("Who came to know"), gettext_lazy("Name who came to know."))
    impact = _text(gettext_lazy("Impact on the trial"), gettext_lazy("Say what it means."))

    def __init__(self, *args: Any, patients: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["patient"].queryset = patients  # type: ignore[attr-defined]

    def clean_happened_on(self) -> date:
        day: date = self.cleaned_data["happened_on"]
        if day > self.today:
            raise ValidationError(_("Enter a day that is not in the future."))
        return day


class PlannedForm(forms.Form):
    use_required_attribute = False

    reason = _text(
        gettext_lazy("Who decided it, and on what ground"),
        gettext_lazy("Say who decided the unblinding and on what ground."),
    )


class PlannedConfirmation(_Password):
    """The second step: the reason again, the trial's short name typed, and the password."""

    reason = forms.CharField(widget=forms.HiddenInput, max_length=2000)
    typed = forms.CharField(
        label=gettext_lazy("Type the trial's short name"),
        error_messages={"required": gettext_lazy("Type the trial's short name.")},
    )

    field_order = ("reason", "typed", "password")

    def __init__(self, *args: Any, slug: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.slug = slug

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed != self.slug:
            raise ValidationError(_("This is not the trial's short name."))
        return typed
