"""The rows inside a form: expected ones, saved ones and ones that a person adds."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.formsets import (
    INITIAL_FORM_COUNT,
    TOTAL_FORM_COUNT,
    BaseFormSet,
    ManagementForm,
)
from django.utils.translation import gettext as _

from enrollment.forms.captured import CapturedForm, form_class_for
from enrollment.forms.conflict import as_sent
from enrollment.models import FormRecord, FormRow
from enrollment.registry import Rows

MOST_ROWS = 100

KEY = "key"
"""Name of the hidden input that says which known row a form is."""


class RowFormSet(BaseFormSet):
    """One form for each row. Rows that were left empty and are not expected do not count.

    The page sends with each known row a key that says which one it is. So every value reaches
    its own row, even when rows were added elsewhere after the page was opened; those are shown
    with what is stored.
    """

    def __init__(
        self, spec: Rows, record: FormRecord, *, data: Any = None, complete: bool = False
    ) -> None:
        self.spec, self.record, self.complete = spec, record, complete
        self.extra = 1 if spec.can_add else 0
        self.can_order = self.can_delete = False
        self.can_delete_extra = self.validate_max = self.validate_min = False
        self.min_num, self.max_num, self.absolute_max = 0, MOST_ROWS, MOST_ROWS
        self.edit_only = False
        self.renderer = forms.renderers.get_default_renderer()
        self.form = form_class_for(spec.model, spec.extra_form)
        super().__init__(data, prefix="row")
        self.sent = max(super().total_form_count(), 0) if self.is_bound else 0
        self.known = self._placed(_known_rows(spec, record))

    def _placed(self, known: list[FormRow]) -> list[FormRow | None]:
        """The known row behind each form, none where a person added the row."""
        by_key = {_key(row, self.spec): row for row in known}
        sent = [
            by_key.pop(self.data.get(f"{self.add_prefix(i)}-{KEY}", ""), None)
            for i in range(self.sent)
        ]
        return [*sent, *by_key.values()]

    def initial_form_count(self) -> int:
        return len(self.known)

    def total_form_count(self) -> int:
        return len(self.known) + (0 if self.is_bound else self.extra)

    def _construct_form(self, i: int, **options: Any) -> CapturedForm:
        known = self.known[i] if i < len(self.known) else None
        prefix = self.add_prefix(i)
        data = self.data if self.is_bound else None
        if self.is_bound and known is not None and i >= self.sent:
            data = as_sent(known, prefix)
        form_class = self.form
        if known is not None:
            form_class = form_class_for(
                self.spec.model, self.spec.extra_form, left_out=self.spec.identity
            )
        form = form_class(
            data,
            prefix=prefix,
            instance=known or self.spec.model(),
            complete=self.complete,
            empty_permitted=known is None,
            use_required_attribute=False,
        )
        if known is not None:
            form.key, form.identity = _key(known, self.spec), _identity(known, self.spec)
        return form

    @property
    def counts(self) -> ManagementForm:
        """The hidden counts of the rows on the page, which may be more than were sent."""
        names = (TOTAL_FORM_COUNT, INITIAL_FORM_COUNT)
        numbers = (self.total_form_count(), self.initial_form_count())
        return ManagementForm(prefix=self.prefix, initial=dict(zip(names, numbers, strict=True)))

    @property
    def empty_form(self) -> CapturedForm:
        return self.form(
            prefix=self.add_prefix("__prefix__"), instance=self.spec.model(), complete=False
        )

    def clean(self) -> None:
        used = self.used_forms()
        if not self.spec.can_add and not all(form.key for form in used):
            raise ValidationError(_("This form has no further rows. Open it again."))
        problems = self.record.row_problems([form.instance for form in used])
        for form, found in zip(used, problems, strict=True):
            form.show_problems(found)

    def is_valid(self) -> bool:
        # clean() may add messages to forms whose own check was over by then.
        return super().is_valid() and all(form.is_valid() for form in self.used_forms())

    def used_forms(self) -> list[CapturedForm]:
        """Those to check together and to store: not what was saved since the page was opened."""
        return [
            form
            for i, form in enumerate(self.forms)
            if form.has_changed() or (form.key and (i < self.sent or form.instance.pk is None))
        ]

    def stored_rows(self) -> dict[str, FormRow]:
        """The rows as the database has them now, by key."""
        return {_key(row, self.spec): row for row in _saved_rows(self.spec, self.record)}

    @property
    def rows(self) -> list[FormRow]:
        """The rows to store, when all is valid."""
        return [cast(FormRow, form.instance) for form in self.used_forms()]


def _known_rows(spec: Rows, record: FormRecord) -> list[FormRow]:
    """Saved rows, followed by expected rows that are not saved yet."""
    saved = _saved_rows(spec, record)
    found = {_key(row, spec) for row in saved}
    return saved + [row for row in spec.expected(record) if _key(row, spec) not in found]


def _saved_rows(spec: Rows, record: FormRecord) -> list[FormRow]:
    if record.pk is None:
        return []
    rows: models.QuerySet[Any] = spec.model._default_manager.all()
    saved: list[FormRow] = list(rows.filter(record=record).order_by("row_number"))
    for row in saved:
        row.record = record  # type: ignore[attr-defined]
    return saved


def _key(row: FormRow, spec: Rows) -> str:
    columns = {field.name: field.attname for field in row._meta.fields}
    return " ".join(str(getattr(row, columns[name])) for name in spec.identity)


def _identity(row: models.Model, spec: Rows) -> list[str]:
    if spec.named is not None:
        return [spec.named(row)]
    return [str(getattr(row, name)) for name in spec.identity]
