"""The two tables that hold every form that a trial adds, whatever its fields.

A record's answers are one JSON object, each answer under its field's name and of its own type. For
each such form there is a model class of its own on one of these tables, made from the trial's
definition (`enrollment.added`), whose fields read and write that object. To queries, forms and
exports they are fields as any other. See docs/adr/0005-forms-of-a-trial.md.
"""

import json
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models.expressions import Col
from django.db.models.fields.json import KeyTransform
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext_lazy as _

from core.fields import (
    CapturedField,
    ChoiceField,
    DateField,
    IntegerField,
    MultipleChoiceField,
    NumberField,
    PartialDateField,
    TextField,
)
from core.models import SiteScopedQuerySet
from enrollment.models.record import FormRecord, LogForm, VisitForm
from enrollment.models.visit import Visit


class Answers(models.Model):
    """`form` is the name of the form, its trial's among it."""

    AUDIT_SPREAD: ClassVar[str] = "answers"
    AUDIT_NAMED_BY: ClassVar[str] = "form"

    form = models.CharField(_("form"), max_length=80)
    answers = models.JSONField(_("answers"), default=dict)

    class Meta:
        abstract = True


class OwnVisitForm(Answers, VisitForm):
    """Filled once at each visit that asks for it. Abstract: what the classes are made from."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="+")

    class Meta(VisitForm.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.form} {self.visit_id}"


class OwnLogForm(Answers, LogForm):
    class Meta(LogForm.Meta):
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [*FormRecord.Meta.constraints]

    def __str__(self) -> str:
        return f"{self.form} {self.patient_id}.{self.row_number}"


class AddedVisitForm(OwnVisitForm):
    """The table. Rows are reached through the class of their form."""

    class Meta(OwnVisitForm.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OwnVisitForm.Meta.constraints,
            models.UniqueConstraint(fields=["visit", "form"], name="added_visit_form_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["form", "patient"], name="added_visit_form")
        ]
        verbose_name = _("form that the trial added")
        verbose_name_plural = _("forms that the trial added")


class AddedLogForm(OwnLogForm):
    class Meta(OwnLogForm.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *OwnLogForm.Meta.constraints,
            models.UniqueConstraint(
                fields=["patient", "form", "row_number"], name="added_log_form_row_once"
            ),
        ]
        verbose_name = _("log that the trial added")
        verbose_name_plural = _("logs that the trial added")


class OfForm(models.Manager.from_queryset(SiteScopedQuerySet)):  # type: ignore[misc]
    """The rows of one form. Answers are read from the object, not once more each."""

    def __init__(self, form: str = "") -> None:
        super().__init__()
        self.form = form

    def get_queryset(self) -> Any:
        own = [item.name for item in self.model._meta.fields if isinstance(item, Kept)]
        return super().get_queryset().filter(form=self.form).defer(*own)


class Answer(DeferredAttribute):
    """Reads and writes the field's place in the object."""

    field: "Kept"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        return self.field.from_answer(instance.answers.get(self.field.name))

    def __set__(self, instance: Any, value: Any) -> None:
        if value in (None, ""):
            instance.answers.pop(self.field.name, None)
        else:
            instance.answers[self.field.name] = self.field.as_answer(value)


class AnswerCol(Col):
    """The answer in SQL, as a value of its type; empty text where there is none in a text."""

    TYPES: ClassVar[dict[str, tuple[str, str]]] = {
        "DecimalField": ("NUMERIC", "numeric"),
        "IntegerField": ("INTEGER", "integer"),
        "DateField": ("TEXT", "date"),
    }

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        kind = self.TYPES.get(self.target.get_internal_type(), ("TEXT", "text"))[0]
        found = f"json_extract({self._object(connection)}, '$.\"{self.target.name}\"')"
        return self._or_empty(f"CAST({found} AS {kind})"), []

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        kind = self.TYPES.get(self.target.get_internal_type(), ("TEXT", "text"))[1]
        found = f"({self._object(connection)} ->> '{self.target.name}')"
        return self._or_empty(f"{found}::{kind}"), []

    def _object(self, connection: Any) -> str:
        quote = connection.ops.quote_name
        return f"{quote(self.alias)}.{quote(Answers.AUDIT_SPREAD)}"

    def _or_empty(self, found: str) -> str:
        return found if self.target.null else f"COALESCE({found}, '')"


class Kept(CapturedField):
    """Mixin of a captured field without a column: it lives in the object of answers."""

    # Django's own word for a field that a query reads and nobody writes.
    generated = True
    descriptor_class = Answer

    def get_col(self, alias: str, output_field: Any = None) -> Col:
        return AnswerCol(alias, self, output_field)

    @property
    def expression(self) -> Any:
        return KeyTransform(self.name, Answers.AUDIT_SPREAD)

    @property
    def output_field(self) -> "models.Field[Any, Any]":
        return self

    def as_answer(self, value: Any) -> Any:
        """
        Raises:
            ValidationError: the value is none of this field.
        """
        return str(self.to_python(value))

    def from_answer(self, answer: Any) -> Any:
        """What a write past the application left is given as it is."""
        if answer is None:
            return self.empty_value
        try:
            return self.to_python(answer)
        except ValidationError:
            return answer

    def formfield(self, **options: Any) -> Any:
        """Limits are the form's to check, as Django checks no value that it does not write."""
        found: Any = super().formfield(**options)
        own = self._validators  # type: ignore[attr-defined]
        found.validators = [*found.validators, *own]
        return found


class KeptNumber(Kept, NumberField):
    def as_answer(self, value: Any) -> str:
        """As text, so that no digit is lost."""
        return f"{self.to_python(value):.{self.decimal_places}f}"


class KeptWhole(Kept, IntegerField):
    def formfield(self, **options: Any) -> Any:
        """No more than a column would take: SQL reads the answer as an integer, and one that is
        none would stop every query over the table."""
        found = super().formfield(**options)
        low, high = BaseDatabaseOperations.integer_field_ranges["IntegerField"]
        found.validators += [MinValueValidator(low), MaxValueValidator(high)]
        return found

    def as_answer(self, value: Any) -> int | None:
        return self.to_python(value)


class KeptText(Kept, TextField):
    pass


class KeptFile(Kept, TextField):
    """A file attached to the patient: its number and its name."""


class KeptDate(Kept, DateField):
    pass


class KeptPartialDate(Kept, PartialDateField):
    pass


class KeptChoice(Kept, ChoiceField):
    pass


class KeptChoices(Kept, MultipleChoiceField):
    def as_answer(self, value: Any) -> list[str]:
        return value.split() if isinstance(value, str) else list(value)

    def from_answer(self, answer: Any) -> str:
        return " ".join(answer) if isinstance(answer, list) else answer or ""

    def from_db_value(self, value: str | None, *args: Any) -> str:
        return " ".join(json.loads(value)) if value else ""
