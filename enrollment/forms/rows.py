"""The rows inside a form: expected ones, saved ones and ones that a person adds."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db import models
from django.forms.formsets import BaseFormSet

from enrollment.forms.captured import CapturedForm, form_class_for
from enrollment.models import FormRecord, FormRow
from enrollment.registry import Rows

MOST_ROWS = 100


class RowFormSet(BaseFormSet):
    """One form for each row. Rows that were left empty and are not expected do not count."""

    def __init__(
        self, spec: Rows, record: FormRecord, *, data: Any = None, complete: bool = False
    ) -> None:
        self.spec, self.record, self.complete = spec, record, complete
        self.known = _known_rows(spec, record)
        self.extra = 1 if spec.can_add else 0
        self.can_order = self.can_delete = False
        self.can_delete_extra = self.validate_max = self.validate_min = False
        self.min_num, self.max_num, self.absolute_max = 0, MOST_ROWS, MOST_ROWS
        self.edit_only = False
        self.renderer = forms.renderers.get_default_renderer()
        self.form = form_class_for(spec.model, spec.extra_form)
        super().__init__(data, prefix="row")

    def initial_form_count(self) -> int:
        return len(self.known)

    def _construct_form(self, i: int, **options: Any) -> CapturedForm:
        form_class = self.form
        instance = self.known[i] if i < len(self.known) else self.spec.model()
        if i < len(self.known):
            form_class = form_class_for(
                self.spec.model, self.spec.extra_form, left_out=self.spec.identity
            )
        form = form_class(
            self.data if self.is_bound else None,
            prefix=self.add_prefix(i),
            instance=instance,
            complete=self.complete,
            empty_permitted=i >= len(self.known),
            use_required_attribute=False,
        )
        form.identity = _identity(instance, self.spec) if i < len(self.known) else []
        return form

    @property
    def empty_form(self) -> CapturedForm:
        form = self.form(
            prefix=self.add_prefix("__prefix__"), instance=self.spec.model(), complete=False
        )
        form.identity = []
        return form

    def clean(self) -> None:
        used = self._used_forms()
        problems = self.record.row_problems([form.instance for form in used])
        for form, found in zip(used, problems, strict=True):
            form.show_problems(found)

    def is_valid(self) -> bool:
        # clean() may add messages to forms whose own check was over by then.
        return super().is_valid() and all(form.is_valid() for form in self._used_forms())

    def _used_forms(self) -> list[CapturedForm]:
        return [
            form for i, form in enumerate(self.forms) if i < len(self.known) or form.has_changed()
        ]

    @property
    def rows(self) -> list[FormRow]:
        """The rows to store, when all is valid."""
        return [cast(FormRow, form.instance) for form in self._used_forms()]


def _known_rows(spec: Rows, record: FormRecord) -> list[FormRow]:
    """Saved rows, followed by expected rows that are not saved yet."""
    saved: list[FormRow] = []
    if record.pk is not None:
        rows: models.QuerySet[Any] = spec.model._default_manager.all()
        saved = list(rows.filter(record=record).order_by("row_number"))
    for row in saved:
        row.record = record  # type: ignore[attr-defined]
    found = {_key(row, spec) for row in saved}
    return saved + [row for row in spec.expected(record) if _key(row, spec) not in found]


def _key(row: FormRow, spec: Rows) -> tuple[Any, ...]:
    columns = {field.name: field.attname for field in row._meta.fields}
    return tuple(getattr(row, columns[name]) for name in spec.identity)


def _identity(row: models.Model, spec: Rows) -> Iterable[str]:
    if spec.named is not None:
        return [spec.named(row)]
    return [str(getattr(row, name)) for name in spec.identity]
