"""Screening, consent and enrollment."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core.calc.partial_date import PartialDate
from core.fields.captured import YesNo
from core.fields.inputs import DateInput, PartialDateInput
from core.models import Site
from core.policies.sites import check_site_is_open
from core.refusals import Refused
from enrollment.calc.definition import Definition
from enrollment.models.patient import Sex


class ScreeningForm(forms.Form):
    """Who was screened where and when; one yes or no for each criterion of the definition."""

    use_required_attribute = False

    site = forms.ModelChoiceField(Site.objects.none(), label=gettext_lazy("Site"))
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"), choices=Sex.choices, widget=forms.RadioSelect
    )
    born_on = PartialDateInput(
        label=gettext_lazy("Date of birth"),
        help_text=gettext_lazy("The year is enough: 1961 or 1961-04."),
    )
    screened_on = DateInput(label=gettext_lazy("Date of screening"))
    submission = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, definition: Definition, sites: Any, today: date, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.definition = definition
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        self.fields["site"].label_from_instance = (  # type: ignore[attr-defined]
            lambda site: f"{site.code} {site.name}"
        )
        if len(sites) == 1:
            self.fields["site"].initial = sites[0]
        self.fields["screened_on"].initial = today
        language = get_language() or "en"
        if definition.regimens:
            self.fields["regimen"] = forms.ChoiceField(
                label=gettext_lazy("Background regimen"),
                choices=[
                    ("", ""),
                    *((r.id, r.label.in_language(language)) for r in definition.regimens),
                ],
            )
        for criterion in definition.criteria:
            self.fields[criterion.id] = forms.ChoiceField(
                label=criterion.text.in_language(language),
                choices=YesNo.choices,
                widget=forms.RadioSelect,
                error_messages={"required": gettext_lazy("Answer this criterion with yes or no.")},
            )

    def clean_site(self) -> Site:
        site: Site = self.cleaned_data["site"]
        try:
            check_site_is_open(site)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return site

    def clean_screened_on(self) -> date:
        day: date = self.cleaned_data["screened_on"]
        if day > self.today:
            raise ValidationError(_("Enter a date of screening that is not in the future."))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        born_on: PartialDate | None = values.get("born_on")
        screened_on: date | None = values.get("screened_on")
        if born_on and screened_on and born_on.first_day > screened_on:
            self.add_error("born_on", _("Enter a date of birth before the day of screening."))
        return values

    @property
    def answers(self) -> dict[str, str]:
        return {item.id: self.cleaned_data[item.id] for item in self.definition.criteria}

    def criteria(self, kind: str) -> list[forms.BoundField]:
        return [self[item.id] for item in self.definition.criteria if item.kind == kind]


class ConsentForm(forms.Form):
    use_required_attribute = False

    version = forms.ChoiceField(label=gettext_lazy("Version of the consent form"))
    signed_on = DateInput(label=gettext_lazy("Signed on"))

    def __init__(self, *args: Any, definition: Definition, **options: Any) -> None:
        super().__init__(*args, **options)
        language = get_language() or "en"
        self.fields["version"].choices = [  # type: ignore[attr-defined]
            (item.version, f"{item.version}: {item.title.in_language(language)}")
            for item in definition.consents
        ]


class EnrollmentForm(forms.Form):
    use_required_attribute = False

    enrolled_on = DateInput(label=gettext_lazy("Enrolled on"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["enrolled_on"].initial = timezone.localdate()

    def clean_enrolled_on(self) -> date:
        day: date = self.cleaned_data["enrolled_on"]
        if day > timezone.localdate():
            raise ValidationError(_("Enter an enrollment date that is not in the future."))
        return day
