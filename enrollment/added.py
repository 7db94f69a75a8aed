"""Forms that trials add: from the definitions to entries of the registry.

Each form has one model for all versions of its trial's definition, which tables, prints and
exports read, and one for each version, which the entry page asks by.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, cast

from django.apps import apps
from django.apps.registry import Apps
from django.db import models
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.fields import CapturedField
from core.fields.captured import NARRATIVE
from enrollment.calc.definition import Form, FormField
from enrollment.calc.expression import Expression, NoValue, parse_expression
from enrollment.computed import Computed, Missing, renew_computed
from enrollment.forms.files import FileFieldsForm
from enrollment.models import AddedLogForm, AddedVisitForm, FormRecord, TrialVersion
from enrollment.models.added import (
    KeptChoice,
    KeptChoices,
    KeptDate,
    KeptFile,
    KeptNumber,
    KeptPartialDate,
    KeptText,
    KeptWhole,
    OfForm,
    OwnLogForm,
    OwnVisitForm,
)
from enrollment.registry import FormSpec, Section, find


class _Apart(Apps):
    """A registry of models that the project's own lists (migrations, triggers) do not have."""

    def get_registered_model(self, app_label: str, model_name: str) -> type[models.Model]:
        try:
            return super().get_registered_model(app_label, model_name)
        except LookupError:
            return apps.get_registered_model(app_label, model_name)


_apart = _Apart()
_BASES: dict[str, tuple[type[FormRecord], type[FormRecord]]] = {
    "visit": (OwnVisitForm, AddedVisitForm),
    "log": (OwnLogForm, AddedLogForm),
}
_in_words = lazy(lambda text: text.in_language(get_language() or "en"), str)


def added_specs() -> Mapping[str, FormSpec]:
    """By slug, in the order in which the forms first came. One query, and a second one where a
    definition is new."""
    found = TrialVersion.objects.order_by("trial__slug", "number")
    versions = tuple(found.values_list("trial__slug", "sha256"))
    if versions != _known.versions:
        _known.specs = _specs(list(found.defer("source")))
        _known.versions = versions
    return _known.specs


def model_named(slug: str) -> type[FormRecord] | None:
    """Of the trail: the model of a form that a trial added, by the name in its rows."""
    spec = find(slug)
    return spec.model if spec is not None else None


@dataclass
class _Known:
    versions: tuple[tuple[str, str], ...] = ()
    """Trial and hash of each version that was looked at, in order."""
    specs: Mapping[str, FormSpec] = field(default_factory=dict)


_known = _Known()


@dataclass(frozen=True)
class _Declared:
    """A form in one version of the definition."""

    sha256: str
    form: Form


def _specs(versions: Sequence[TrialVersion]) -> dict[str, FormSpec]:
    declared: dict[str, list[_Declared]] = {}
    trials: dict[str, str] = {}
    for version in versions:
        definition = version.definition
        for form in definition.forms:
            slug = form.name_in(definition.trial.slug)
            trials[slug] = definition.trial.slug
            declared.setdefault(slug, []).append(_Declared(version.sha256, form))
    return {slug: _spec(slug, trials[slug], each) for slug, each in declared.items()}


def _spec(slug: str, trial: str, versions: Sequence[_Declared]) -> FormSpec:
    whole = merged([item.form for item in versions])
    newest = {item.id for item in versions[-1].form.fields}
    by_version = {item.sha256: _one(slug, trial, item.form) for item in versions}
    asked = {item.sha256: {each.id for each in item.form.fields} for item in versions}

    def left_out(record: Any) -> set[str]:
        known = asked.get(record.patient.version.sha256, set())
        return {item.id for item in whole.fields} - known

    spec = _one(
        slug,
        trial,
        whole,
        sections=_sections(whole, newest),
        left_out=left_out,
        by_version=by_version,
    )
    renew_computed(slug, spec.model, *_computed(whole))
    return spec


def merged(forms: Sequence[Form]) -> Form:
    """All fields that any version has, in the order in which they came, as the last one with them
    words them; answers that were dropped stay readable, and so do codes."""
    fields: dict[str, FormField] = {}
    for form in forms:
        for item in form.fields:
            before = fields.get(item.id)
            options = {option.code: option for option in before.options} if before else {}
            options |= {option.code: option for option in item.options}
            fields[item.id] = item.model_copy(update={"options": tuple(options.values())})
    return forms[-1].model_copy(update={"fields": tuple(fields.values())})


def _one(slug: str, trial: str, form: Form, **more: Any) -> FormSpec:
    if any(item.kind == "file" for item in form.fields):
        more["form_mixin"] = FileFieldsForm
    more.setdefault("sections", _sections(form, {item.id for item in form.fields}))
    return FormSpec(
        slug,
        _model(slug, form),
        form.table,
        note=_in_words(form.note) if form.note else "",
        trial=trial,
        **more,
    )


def _sections(form: Form, asked: set[str]) -> tuple[Section, ...]:
    """Fields under the headings of the definition, then those that it no longer has."""
    found: list[tuple[str | Promise, list[str]]] = [("", [])]
    for item in form.fields:
        if item.section is not None and item.id in asked:
            found.append((_in_words(item.section), []))
        if item.kind != "calculated" and item.id in asked:
            found[-1][1].append(item.id)
    gone = [i.id for i in form.fields if i.id not in asked and i.kind != "calculated"]
    found.append((_("No longer asked"), gone))
    return tuple(Section(title, tuple(names)) for title, names in found if names)


_models: dict[str, type[FormRecord]] = {}


def _model(slug: str, form: Form) -> type[FormRecord]:
    """A class on the table of its kind; the same again for the same declaration."""
    digest = sha256(f"{slug} {form.model_dump_json()}".encode()).hexdigest()
    if digest not in _models:
        base, table = _BASES[form.kind]
        title = _in_words(form.title)
        meta = {
            "app_label": table._meta.app_label,
            "apps": _apart,
            "managed": False,
            "db_table": table._meta.db_table,
            "verbose_name": title,
            "verbose_name_plural": title,
            "ordering": table._meta.ordering,
        }
        content = {
            "__module__": __name__,
            "Meta": type("Meta", (), meta),
            "form": models.CharField(max_length=80, default=slug, editable=False),
            "objects": OfForm(slug),
            **{item.id: as_field(item) for item in form.fields if item.kind != "calculated"},
        }
        name = f"Form{digest[:16]}"
        _models[digest] = cast(type[FormRecord], type(name, (base,), content))
    return _models[digest]


def as_field(item: FormField) -> CapturedField:
    """The model field that a field of the definition declares."""
    options: dict[str, Any] = {"required": item.required, "unit": item.unit}
    if item.hint is not None:
        options["help_text"] = _in_words(item.hint)
    if item.shown_when is not None:
        options["shown_when"] = (item.shown_when.field, item.shown_when.values)
    if item.options:
        options["choices"] = [(each.code, _in_words(each.label)) for each in item.options]
    for key, limits in (("hard", item.hard), ("soft", item.soft)):
        if limits is not None:
            options[key] = tuple(_plain(limit) for limit in limits)
    if item.kind == "number" and item.places:
        options["places"] = item.places
    if item.kind == "text" and item.long:
        options["max_length"] = 4 * NARRATIVE
    kind = KeptWhole if item.kind == "number" and not item.places else _KINDS[item.kind]
    return kind(_in_words(item.label), **options)


_KINDS: dict[str, Callable[..., CapturedField]] = {
    "text": KeptText,
    "number": KeptNumber,
    "date": KeptDate,
    "partial_date": KeptPartialDate,
    "choice": KeptChoice,
    "multiple_choice": KeptChoices,
    "file": KeptFile,
}


def _plain(limit: float) -> Decimal | int:
    return int(limit) if limit == int(limit) else Decimal(repr(limit))


def _computed(form: Form) -> Iterable[Computed]:
    kinds = {item.id: kind for item in form.fields if (kind := item.value_kind)}
    for item in form.fields:
        if item.kind == "calculated":
            expression = parse_expression(item.formula, kinds)
            yield Computed(
                name=item.id,
                label=_in_words(item.label),
                rule=format_lazy("{name} = {formula}", name=item.id, formula=item.formula),
                inputs=expression.names,
                compute=_compute(expression),
                unit=item.unit,
                places=item.places,
                # Which of them it needs may depend on the others.
                optional=frozenset(expression.names),
            )


def _compute(expression: Expression) -> Callable[..., Decimal]:
    def compute(**given: Any) -> Decimal:
        try:
            return expression.value(given)
        except NoValue as lacking:
            raise Missing(lacking.name) from None

    return compute
