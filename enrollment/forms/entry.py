"""One filled form on the screen: its values, its rows, and the reason for a change."""

from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.fields import captured_fields
from core.models import User
from core.refusals import Refused
from enrollment.actions import save_record
from enrollment.actions.objections import Objection, Spot, keep_values, objections
from enrollment.forms.captured import MISSING, CapturedForm, form_class_for
from enrollment.forms.conflict import TOUCHED, compared, decided, undecided
from enrollment.forms.rows import RowFormSet
from enrollment.forms.saving import SavingForm
from enrollment.models import FormRecord, FormRow, KeptValue, LogForm
from enrollment.policies import Conflict
from enrollment.queries.kept import kept_in
from enrollment.registry import FormSpec

BECAUSE = "__because"
"""Follows the name of an input: why the person keeps its unusual value."""
MOST_REASON = 200


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
        self.objections: list[Objection] = []
        self.asked = {
            name.removesuffix(BECAUSE): str(text)
            for name, text in (data or {}).items()
            if name.endswith(BECAUSE) and text
        }
        """Input of an unusual value to the reason that was typed for it."""
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
        of_rows = cast(list[CapturedForm], self.rows.forms) if self.rows is not None else []
        return [self.form, *of_rows]

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
        is_valid = self.is_valid()
        # A draft was never asked about; a complete form was when its values came.
        is_asked = self.complete and (self.has_changed() or not self.record.is_complete)
        if is_asked and self._object(by=by):
            is_valid = False
        if not is_valid:
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
        rows = self.rows.rows if self.rows is not None else []
        with transaction.atomic():
            saved = save_record(
                self.spec,
                self.record,
                by=by,
                complete=self.complete,
                expected_revision=self.saving.cleaned_data["revision"],
                rows=rows,
                reason=self.saving.reason,
            )
            if self.complete:
                reasons = {item.spot: self._reason_for(item.spot) for item in self.objections}
                keep_values(
                    self.spec, saved, rows, self.objections, reasons, by=by, at=timezone.now()
                )
        return saved

    def ask_checks(self, *, by: User) -> None:
        """Finds what the checks say of the values on the page, as far as they can be read."""
        self.objections = objections(
            self.spec,
            self.record,
            self.rows.rows if self.rows is not None else (),
            by=by,
            expected_revision=self.saving.cleaned_data.get("revision", 0),
        )

    def form_at(self, spot: Spot) -> CapturedForm:
        """The form of the record, or of the row, in which an objection lies."""
        line, _field = spot
        return self.form if line is None or self.rows is None else self.rows.used_forms()[line]

    def _reason_for(self, spot: Spot) -> str:
        name = self.form_at(spot).add_prefix(spot[1])
        return str(self.form.data.get(name + BECAUSE, "")).strip()[:MOST_REASON]

    def _object(self, *, by: User) -> bool:
        """Says at each field what the checks object to; whether that keeps the form from being
        saved."""
        self.ask_checks(by=by)
        is_refused = False
        for item in self.objections:
            form, field = self.form_at(item.spot), item.spot[1]
            reason = "" if item.is_hard else self._reason_for(item.spot)
            if not item.is_hard:
                self.asked[form.add_prefix(field)] = reason
            if not (item.is_old or reason or self.is_kept(item)):
                form.show_problems({field: item.sentence})
                is_refused = True
        return is_refused

    def is_kept(self, item: Objection) -> bool:
        """Whether a reason for these very values is stored."""
        known = self.kept_at(self.form_at(item.spot), item.spot[1])
        wanted = (item.check.code, item.finding.digest)
        return wanted in {(each.check_code, each.digest) for each in known}

    def kept_at(self, form: CapturedForm, field: str) -> list[KeptValue]:
        number = form.instance.row_number if isinstance(form.instance, FormRow) else None
        return self.kept.get((number, field), [])

    @cached_property
    def kept(self) -> dict[tuple[int | None, str], list[KeptValue]]:
        return kept_in(self.spec.slug, self.record)

    @property
    def forms_with_errors(self) -> list[CapturedForm | SavingForm]:
        parts: list[CapturedForm | SavingForm] = [*self.all_forms, self.saving]
        return [part for part in parts if part.is_bound and part.errors]
