"""Which tables a person wants as files."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.models import Trial
from outcomes.models import Snapshot
from reports.models import TableExport
from reports.queries.cuts import cuts_of
from reports.queries.tables import Table

MOST_CUTS = 60


class ExportForm(forms.Form):
    """`tables` are those that the person may export, in the order of the page."""

    use_required_attribute = False

    cut = forms.TypedChoiceField(label=_("Data"), required=False, coerce=int, empty_value=None)
    form = forms.ChoiceField(label=_("Format"), choices=TableExport.Form.choices)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("For the register, such as: interim analysis, safety meeting of 3 December."),
        error_messages={"required": _("Enter the reason.")},
    )
    is_unblinded = forms.BooleanField(
        label=_("With the arms"),
        required=False,
        help_text=_("Noted in the unblinding register, with the reason."),
    )
    tables = forms.MultipleChoiceField(
        label=_("Tables"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one table.")},
    )

    def __init__(
        self,
        *args: Any,
        trial: Trial,
        tables: list[Table],
        may_unblind: bool,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if not may_unblind:
            del self.fields["is_unblinded"]
        self.cuts = {cut.pk: cut for cut in cuts_of(trial, limit=MOST_CUTS)}
        cuts = [(str(pk), f"{cut.cut_on:%Y-%m-%d} · {pk}") for pk, cut in self.cuts.items()]
        self.fields["cut"].choices = [("", _("as they are now")), *cuts]  # type: ignore[attr-defined]
        named = [(table.name, capfirst(str(table.title))) for table in tables]
        self.fields["tables"].choices = named  # type: ignore[attr-defined]
        self.fields["tables"].initial = [table.name for table in tables]

    def clean(self) -> None:
        # A cut holds the tables, and not who wrote which cell.
        if self.cleaned_data.get("form") == TableExport.Form.ODM and self.cleaned_data.get("cut"):
            self.add_error("cut", _("ODM-XML is made of the data as they are now: choose these."))
        if self.cleaned_data.get("is_unblinded") and self.cleaned_data.get("cut"):
            self.add_error("cut", _("A data cut holds no arms: choose the data as they are now."))

    @property
    def snapshot(self) -> Snapshot | None:
        return self.cuts.get(self.cleaned_data["cut"])

    @property
    def table_names(self) -> list[str]:
        """In the order of the catalog, however the browser sends them."""
        chosen = set(self.cleaned_data["tables"])
        return [name for name, _title in self.fields["tables"].choices if name in chosen]  # type: ignore[attr-defined]
