"""One filled form on the screen: its values, its rows, and the reason for a change."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.fields import captured_fields
from core.models import User
from core.refusals import Refused
from enrollment.actions import save_record
from enrollment.forms.captured import MISSING, CapturedForm, form_class_for
from enrollment.forms.conflict import TOUCHED, compared, decided, undecided
from enrollment.forms.rows import RowFormSet
from enrollment.models import FormRecord, LogForm
from enrollment.policies import Conflict
from enrollment.registry import FormSpec


class ChangeReason(models.TextChoices):
    TRANSCRIPTION = "transcription", gettext_lazy("transcription error")
    SOURCE = "source", gettext_lazy("new information in the source")
    QUERY = "query", gettext_lazy("answer to a query")
    OTHER = "other", gettext_lazy("other")


OWN_REASONS = 3
"""Fields of one save that can have a reason of their own."""
_PARTS = ("field", "code", "text")


class SavingForm(forms.Form):
    """What accompanies the values: what the person saw, and why they change it."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)
    reason_code = forms.ChoiceField(
        label=gettext_lazy("Reason for the change"),
        choices=[("", ""), *ChangeReason.choices],
        required=False,
    )
    reason_text = forms.CharField(label=gettext_lazy("Explanation"), required=False, max_length=500)

    needs_reason = False

    def __init__(self, *args: Any, fields: Sequence[tuple[str, Any]] = (), **options: Any) -> None:
        """`fields` are names and labels of what may have a reason of its own."""
        super().__init__(*args, **options)
        for line in range(OWN_REASONS if fields else 0):
            self.fields[f"own_field_{line}"] = forms.ChoiceField(
                label=gettext_lazy("Field"), choices=[("", ""), *fields], required=False
            )
            self.fields[f"own_code_{line}"] = forms.ChoiceField(
                label=gettext_lazy("Its reason"),
                choices=[("", ""), *ChangeReason.choices],
                required=False,
            )
            self.fields[f"own_text_{line}"] = forms.CharField(
                label=gettext_lazy("Explanation"), required=False, max_length=200
            )

    @property
    def own_lines(self) -> list[list[forms.BoundField]]:
        """Field, reason and explanation of each line for a field's own reason."""
        lines = [line for line in range(OWN_REASONS) if f"own_field_{line}" in self.fields]
        return [[self[f"own_{part}_{line}"] for part in _PARTS] for line in lines]

    def own_reasons(self) -> dict[str, str]:
        """Field to its own reason, in the form of `reason`."""
        found: dict[str, str] = {}
        for line in range(OWN_REASONS):
            field, code, text = (
                self.cleaned_data.get(f"own_{part}_{line}", "").strip() for part in _PARTS
            )
            if field:
                found[field] = f"{code}: {text}" if text else code
        return found

    def check_own_reasons(self, changed: set[str]) -> None:
        """Each belongs to a field that was changed, and says something."""
        for line in range(OWN_REASONS):
            field, code, text = (
                self.cleaned_data.get(f"own_{part}_{line}", "").strip() for part in _PARTS
            )
            if field and field not in changed:
                self.add_error(f"own_field_{line}", _("This field was not changed."))
            elif field and not code:
                self.add_error(f"own_code_{line}", _("Choose a reason for this field."))
            elif code == ChangeReason.OTHER and not text:
                self.add_error(f"own_text_{line}", _("Explain the reason."))
            elif code and not field:
                self.add_error(f"own_field_{line}", _("Choose the field that this is about."))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        code, text = values.get("reason_code", ""), values.get("reason_text", "").strip()
        if self.needs_reason and not code:
            self.add_error("reason_code", _("Say why you change a complete form."))
        elif code == ChangeReason.OTHER and not text:
            self.add_error("reason_text", _("Explain the reason."))
        return values

    @property
    def reason(self) -> str:
        """As it goes into the audit trail: the code and, after a colon, the explanation; then the
        fields that have a reason of their own, e.g. `source: chart | weight_kg: other: typo`."""
        code = self.cleaned_data.get("reason_code", "")
        text = self.cleaned_data.get("reason_text", "").strip()
        general = f"{code}: {text}" if text else code
        own = [f"{field}: {reason}" for field, reason in self.own_reasons().items()]
        return " | ".join([general, *own])


def _names(spec: FormSpec) -> list[tuple[str, Any]]:
    of_rows = captured_fields(spec.rows.model) if spec.rows is not None else []
    return [(field.name, field.verbose_name) for field in (*spec.fields, *of_rows)]


def _adopt_submission(record: LogForm, data: Any) -> None:
    """A new row takes the name that the page gave it, so that a second press finds the first."""
    if record.pk is None and data is not None:
        with suppress(ValueError):
            record.submission = UUID(str(data.get("submission", "")))


class Entry:
    """The forms of one entry page. `complete` is what the pressed button asks for."""

    def __init__(
        self, spec: FormSpec, record: FormRecord, *, data: Any = None, complete: bool = False
    ) -> None:
        self.spec, self.record = spec, record
        self.complete = complete or record.is_complete
        self.undecided = undecided(data) if data is not None else set()
        self.is_compared = data is not None and bool(compared(data))
        self.touched = data.get(TOUCHED) if data is not None else None
        data = decided(data) if data is not None else None
        initial: dict[str, Any] = {"revision": record.revision}
        if isinstance(record, LogForm):
            initial["submission"] = record.submission
            _adopt_submission(record, data)
        self.saving = SavingForm(
            data, initial=initial, fields=_names(spec) if record.is_complete else ()
        )
        self.form = form_class_for(spec.model, spec.form_mixin)(
            data, instance=record, complete=self.complete, use_required_attribute=False
        )
        self.rows = (
            RowFormSet(spec.rows, record, data=data, complete=self.complete) if spec.rows else None
        )

    def is_valid(self) -> bool:
        """Checks every part, so that all messages show at once."""
        valid = [self.form.is_valid()]
        if self.rows is not None:
            valid.append(self.rows.is_valid())
        self.saving.needs_reason = (
            self.record.is_complete and self.has_changed() and self._shows_what_is_stored()
        )
        is_saving_valid = self.saving.is_valid()
        if is_saving_valid and self.saving.needs_reason:
            self.saving.check_own_reasons(self._changed())
        is_valid = all([*valid, not self.saving.errors])
        if self.undecided:
            self._ask_to_decide()
            return False
        if is_valid and self.complete and self.spec.check is not None:
            self.form.show_problems(dict(self.spec.check(self)))
        return is_valid and not self.form.errors

    def _ask_to_decide(self) -> None:
        for form in self.all_forms:
            for field in form.captured:
                if form.add_prefix(field.name) in self.undecided:
                    form.show_problems({field.name: _("Choose which of the two values to keep.")})

    def stored(self) -> FormRecord | None:
        """What the database has now, where the page is to show it beside what was typed."""
        if self.record.pk is None or not self.is_compared:
            return None
        return type(self.record)._default_manager.get(pk=self.record.pk)

    @property
    def all_forms(self) -> list[CapturedForm]:
        """The form and those of its rows."""
        return [self.form, *(self.rows.forms if self.rows is not None else [])]

    def _changed(self) -> set[str]:
        """Names of the fields that were changed, those of rows among them."""
        named = {name for form in self.all_forms for name in form.changed_data}
        return {name.removesuffix(MISSING) for name in named}

    def _shows_what_is_stored(self) -> bool:
        """Nobody saved since the page was opened; else a conflict is the first thing to say."""
        return self.saving.data.get("revision") == str(self.record.revision)

    def go_on_from(self, stored: FormRecord) -> None:
        """The person sees what somebody else saved: the next save may replace it."""
        seen = {"revision": str(stored.revision)}
        self.saving.data = {name: self.saving.data.get(name) for name in self.saving.fields} | seen

    def has_changed(self) -> bool:
        """Whether saving would store anything new."""
        return any(form.has_changed() for form in self.all_forms)

    def answers(self) -> dict[str, Any]:
        """The form's values as they stand on the page; nothing for what cannot be read."""
        if self.form.is_bound:
            typed = self.form.cleaned_data
            return {field.name: typed.get(field.name) for field in self.form.captured}
        return {field.name: getattr(self.record, field.name) for field in self.form.captured}

    def try_save(self, *, by: User) -> tuple[int, Conflict | None]:
        """200 when stored, 422 with messages at the forms, 409 with what somebody else saved."""
        if not self.is_valid():
            return 422, None
        try:
            self.save(by=by)
        except Conflict as found:
            self.go_on_from(found.stored)
            return 409, found
        except Refused as refusal:
            self.form.add_error(None, str(refusal))
            return 422, None
        return 200, None

    def save(self, *, by: User) -> FormRecord:
        """
        Raises:
            Conflict, Refused: as `save_record`.
        """
        if self.record.is_complete and not self.has_changed():
            return self.record
        return save_record(
            self.spec,
            self.record,
            by=by,
            complete=self.complete,
            expected_revision=self.saving.cleaned_data["revision"],
            rows=self.rows.rows if self.rows is not None else (),
            reason=self.saving.reason,
        )

    @property
    def forms_with_errors(self) -> list[CapturedForm | SavingForm]:
        parts = [*self.all_forms, self.saving]
        return [part for part in parts if part.is_bound and part.errors]
