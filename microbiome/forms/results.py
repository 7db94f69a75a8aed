"""Feature tables and analyses."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from core.fields.inputs import IntegerInput
from core.refusals import Refused
from microbiome.actions.tables import WORDS, read_names
from microbiome.models import Analysis
from microbiome.models.results import MOST_MEGABYTES


class UploadForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Such as 16S V4, run 3."),
        max_length=80,
        error_messages={"required": gettext_lazy("Enter a name.")},
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "BIOM 1.0 or 2.1, .qza, QIIME TSV, mothur shared, or a matrix as CSV or TSV."
        ),
        error_messages={"required": gettext_lazy("Choose the file.")},
    )
    rows = forms.ChoiceField(
        label=gettext_lazy("Rows of a plain matrix are"),
        choices=[("samples", gettext_lazy("samples")), ("features", gettext_lazy("features"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one; it is not guessed.")},
    )

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        if sent.size > MOST_MEGABYTES * 1024**2:
            raise ValidationError(str(WORDS["too-long"]) % {"megabytes": MOST_MEGABYTES})
        return sent


class ConfirmForm(forms.Form):
    names = forms.CharField(
        label=gettext_lazy("Names that the laboratory used"),
        help_text=gettext_lazy("One line for each: its name, a comma, the barcode of the tube."),
        required=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "barcode-input", "spellcheck": "false"}),
    )

    def clean_names(self) -> dict[str, str]:
        try:
            return read_names(self.cleaned_data["names"])
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None


class AnalysisForm(forms.Form):
    use_required_attribute = False

    metric = forms.ChoiceField(
        label=gettext_lazy("Distance"),
        choices=Analysis.Metric.choices,
        error_messages={"required": gettext_lazy("Choose a distance.")},
    )
    least_reads = IntegerInput(
        label=gettext_lazy("Leave out samples with fewer reads than"),
        min_value=0,
        max_value=10_000_000,
        initial=1000,
        error_messages={"required": gettext_lazy("Enter a number; 0 keeps all.")},
    )
    permutations = IntegerInput(
        label=gettext_lazy("Permutations"),
        min_value=99,
        max_value=9999,
        initial=999,
        error_messages={"required": gettext_lazy("Enter how many.")},
    )
    seed = IntegerInput(
        label=gettext_lazy("Seed"),
        help_text=gettext_lazy("The same seed gives the same numbers."),
        min_value=0,
        max_value=2**31,
        initial=1,
        error_messages={"required": gettext_lazy("Enter a number.")},
    )
