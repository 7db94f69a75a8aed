"""What the entry pages of this app do beyond the fields of their models."""

from base64 import b64decode
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from core.fields.captured import YesNo
from core.fields.inputs import DateInput, IntegerInput, NumberInput
from core.models import Site
from enrollment.models.patient import Sex
from outcomes import catalog
from outcomes.calc.normal_limits import OLDEST, NormalRange
from outcomes.models import AdverseEvent, Lesion, SeriousEvent
from outcomes.models.ctcae import CtcaeTerm
from outcomes.models.limits import tests_with_limits

MOST_BYTES = 1_000_000

if TYPE_CHECKING:
    Base = forms.ModelForm
else:
    Base = object


class TermSelect(forms.Select):
    """Says with each term which grades it has, for the page to offer no other."""

    def __init__(self, grades: dict[str, tuple[int, ...]]) -> None:
        super().__init__()
        self.grades = grades

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **options)
        if grades := self.grades.get(str(value)):
            option["attrs"]["data-grades"] = " ".join(map(str, grades))
        return option


class AdverseEventForm(Base):
    """Offers the terms of the trial's CTCAE version, by system organ class, and of each term the
    grades that it has.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        version = self.instance.patient.version.definition.trial.ctcae_version
        terms = CtcaeTerm.objects.terms_of(version)
        term = self.fields["term"]
        self.fields["term"] = forms.ChoiceField(
            label=term.label,
            help_text=gettext("CTCAE version %(version)s") % {"version": version},
            choices=[("", ""), *_term_choices(terms, get_language() or "en")],
            widget=TermSelect({term.name: term.grades for term in terms}),
            required=False,
            error_messages={
                "invalid_choice": gettext("Choose a term of CTCAE %(version)s.")
                % {"version": version}
            },
        )


class SeriousEventForm(Base):
    """Offers the serious events that have no report yet; a report that was begun keeps its own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        report = self.instance
        number = self.fields["event_number"]
        self.fields["event_number"] = forms.TypedChoiceField(
            label=number.label,
            help_text=number.help_text,
            choices=[("", ""), *_event_choices(report)],
            coerce=int,
            empty_value=None,
            disabled=report.pk is not None,
            error_messages={
                "required": gettext("Choose the adverse event."),
                "invalid_choice": gettext("Choose a serious adverse event without a report."),
            },
        )


def _event_choices(report: SeriousEvent) -> list[tuple[int, str]]:
    events = AdverseEvent.objects.filter(patient=report.patient_id)
    if not report._state.adding:
        events = events.filter(row_number=report.event_number or 0)
    else:
        reports = SeriousEvent.objects.filter(patient=report.patient_id)
        taken = reports.filter(event_number__isnull=False).values("event_number")
        events = events.filter(is_serious=YesNo.YES).exclude(row_number__in=taken)
    return [
        (event.row_number, f"{event.row_number}: {event.term_other or event.reads_as('term')}")
        for event in events.order_by("row_number")
    ]


def _term_choices(
    terms: Sequence[catalog.Term], language: str
) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = groupby(terms, key=lambda term: term.organ_class_in_language(language))
    return [
        (name, [(term.name, term.in_language(language)) for term in of_class])
        for name, of_class in groups
    ]


class MeasurementForm(Base):
    """Says of each row which lesion it is; on a row that a person adds, asks for it.

    Saving an added row stores the lesion too.
    """

    extra_fields = ("lesion_kind", "lesion_organ", "lesion_description")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        known = self.instance.lesion if self.instance.lesion_id is not None else None
        needed = {"required": _("Choose one.")}
        self.fields["lesion_kind"] = forms.ChoiceField(
            label=_("kind of lesion"),
            choices=[("", ""), *Lesion.Kind.choices],
            initial=known and known.kind,
            disabled=known is not None,
            error_messages=needed,
        )
        self.fields["lesion_organ"] = forms.ChoiceField(
            label=_("organ"),
            choices=[("", ""), *Lesion.Organ.choices],
            initial=known and known.organ,
            disabled=known is not None,
            error_messages=needed,
        )
        self.fields["lesion_description"] = forms.CharField(
            label=_("where exactly"),
            max_length=200,
            initial=known and known.description,
            disabled=known is not None,
            required=False,
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        is_described = values.get("lesion_kind") and values.get("lesion_organ")
        if self.instance.lesion_id is None and is_described:
            is_node = values["lesion_organ"] == Lesion.Organ.LYMPH_NODE
            self.instance.new_lesion = self.instance.lesions()(
                kind=values["lesion_kind"],
                organ=values["lesion_organ"],
                is_node=YesNo.YES if is_node else YesNo.NO,
                description=values.get("lesion_description", ""),
            )
        return values


class SubmissionForm(forms.Form):
    """Why a report is late; asked for only when it is."""

    use_required_attribute = False

    late_reason = forms.CharField(
        label=_("Why is the report late?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class _SiteField(forms.ModelChoiceField):
    def label_from_instance(self, site: Site) -> str:
        return f"{site.code} {site.name}"


def _limit(label: Any) -> NumberInput:
    return NumberInput(label=label, max_digits=12, decimal_places=4, min_value=0, required=False)


def _age(label: Any, default: int) -> IntegerInput:
    return IntegerInput(label=label, min_value=0, max_value=OLDEST, required=False, initial=default)


class _OfSite(forms.Form):
    use_required_attribute = False

    def __init__(self, *args: Any, sites: QuerySet[Site], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["site"] = _SiteField(
            sites,
            label=_("Site"),
            empty_label=None,
            error_messages={"required": _("Choose the site.")},
        )
        self.order_fields(["site"])


class LimitsForm(_OfSite):
    """One row of a site's limits of normal."""

    test = forms.ChoiceField(label=_("Test"), error_messages={"required": _("Choose the test.")})
    sex = forms.ChoiceField(label=_("Sex"), choices=[("", _("both")), *Sex.choices], required=False)
    from_age = _age(_("From age"), 0)
    to_age = _age(_("To age"), OLDEST)
    valid_from = DateInput(
        label=_("Valid from"), error_messages={"required": _("Enter the first day.")}
    )
    low = _limit(_("Lower limit"))
    high = _limit(_("Upper limit"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["test"].choices = [  # type: ignore[attr-defined]
            ("", ""),
            *(
                (name, f"{field.verbose_name} ({field.unit})" if field.unit else field.verbose_name)
                for name, field in tests_with_limits().items()
            ),
        ]

    @property
    def as_range(self) -> NormalRange:
        values = self.cleaned_data
        to_age = values["to_age"]
        return NormalRange(
            test=values["test"],
            valid_from=values["valid_from"],
            low=values["low"],
            high=values["high"],
            sex=values["sex"],
            from_age=values["from_age"] or 0,
            to_age=OLDEST if to_age is None else to_age,
        )


class LimitsUploadForm(_OfSite):
    file = forms.FileField(label=_("CSV file"), error_messages={"required": _("Choose a file.")})

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(gettext("Choose a file of at most 1 MB."))
        content: bytes = file.read()
        return content


class LimitsChangeForm(forms.Form):
    use_required_attribute = False

    valid_from = DateInput(
        label=_("Valid from"), error_messages={"required": _("Enter the first day.")}
    )
    low = _limit(_("Lower limit"))
    high = _limit(_("Upper limit"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("Enter a reason.")},
    )


class LabMappingForm(_OfSite):
    """What the columns of the site's laboratory file mean."""

    lines = forms.CharField(
        label=_("Meaning of the columns"),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        max_length=20_000,
        error_messages={"required": _("Say at least which columns hold patient and date.")},
    )


class LabFileForm(_OfSite):
    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
        error_messages={"required": _("Choose a file.")},
    )

    def clean_file(self) -> tuple[str, bytes]:
        """Its name and content."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(gettext("Choose a file of at most 1 MB."))
        return file.name, file.read()


class LabConfirmForm(_OfSite):
    """The file that was looked at, sent back as it was."""

    name = forms.CharField(max_length=255, required=False)
    content = forms.CharField(max_length=2 * MOST_BYTES)
    seen = forms.CharField(max_length=64)

    def clean_content(self) -> bytes:
        try:
            return b64decode(self.cleaned_data["content"], validate=True)
        except ValueError:
            raise ValidationError(gettext("Choose the file again.")) from None
