"""Rules for the forms that a trial adds, and for what an amendment may do to them."""

from collections.abc import Iterable, Iterator

from enrollment.calc.expression import ExpressionError, parse_expression

from .base import repeated
from .document import Definition
from .forms import LARGEST, LONGEST_NAME, Form, FormField, Limit
from .problems import Broken, Location

KEPT = frozenset(
    {
        "adelete", "all", "answers", "arefresh_from_db", "asave", "check", "clean", "clean_fields",
        "closed_because", "completed_at", "completed_by", "completed_by_id", "created_at",
        "created_by", "created_by_id", "date_error_message", "delete", "form", "from_db",
        "full_clean", "get_constraints", "get_deferred_fields", "get_next_by_created_at",
        "get_next_by_updated_at", "get_state_display", "id", "is_complete", "missing", "objects",
        "own_code_0", "own_code_1", "own_code_2", "own_field_0", "own_field_1", "own_field_2",
        "own_text_0", "own_text_1", "own_text_2", "patient", "patient_id", "pk",
        "prepare_database_save", "problems", "reads_as", "reason_code", "reason_text", "record",
        "refresh_from_db", "reveals", "revision", "row", "row_number", "row_problems", "save",
        "save_base", "serializable_value", "site", "state", "submission", "touched", "trial",
        "unique_error_message", "updated_at", "updated_by", "updated_by_id", "validate_constraints",
        "validate_unique", "visit", "visit_id", "visit_sequence",
    }
)  # fmt: skip
"""Names that every record or page has already."""


def forms_are_whole(definition: Definition) -> Iterator[Broken]:
    asked = definition.visit_forms
    for place, form in enumerate(definition.forms):
        for index in repeated(item.id for item in form.fields):
            reason = f"“{form.fields[index].id}” is already used above."
            yield ("forms", place, "fields", index, "id"), reason
        name = form.name_in(definition.trial.slug)
        if len(name) > LONGEST_NAME:
            reason = f"“{name}” has more than {LONGEST_NAME} letters; choose a shorter id."
            yield ("forms", place, "id"), reason
        is_asked = name in asked
        if form.kind == "log" and is_asked:
            yield ("forms", place, "kind"), "A log belongs to no visit, and visits name this form."
        if form.kind == "visit" and not is_asked:
            yield ("forms", place, "id"), "No visit names this form."
        for index, item in enumerate(form.fields):
            for key, reason in _broken(form, index, item):
                yield ("forms", place, "fields", index, key), reason


def _broken(form: Form, index: int, item: FormField) -> Iterator[tuple[str, str]]:
    """Key and sentence."""
    if item.id in KEPT or item.id.endswith("_missing"):
        yield "id", f"“{item.id}” has a meaning already; choose another name."
    is_choice = item.kind in ("choice", "multiple_choice")
    if is_choice and len(item.options) < 2:
        yield "options", "A choice needs two options or more."
    if list(repeated(option.code for option in item.options)):
        yield "options", "Two options have the same code."
    only = {
        "options": is_choice,
        "formula": item.kind == "calculated",
        "unit": item.kind in ("number", "calculated"),
        "places": item.kind in ("number", "calculated"),
        "hard": item.kind == "number",
        "soft": item.kind == "number",
        "long": item.kind == "text",
    }
    for key, fits in only.items():
        if not fits and getattr(item, key):
            yield key, f"A field of the kind {item.kind} has no “{key}”."
    for key, limits in (("hard", item.hard), ("soft", item.soft)):
        if limits is not None:
            yield from _limits(key, limits, item)
    if item.kind == "calculated":
        yield from _formula(form, item)
    yield from _condition(form, index, item)


def _limits(key: str, limits: Limit, item: FormField) -> Iterator[tuple[str, str]]:
    low, high = limits
    if low >= high:
        yield key, "The lower limit must be below the upper one."
    elif max(abs(low), abs(high)) >= LARGEST:
        yield key, f"Limits must be nearer to 0 than {LARGEST:.0f}."
    hard = item.hard
    if key == "soft" and hard is not None and not (hard[0] <= low and high <= hard[1]):
        yield key, "The usual range must lie within the possible one."


def _formula(form: Form, item: FormField) -> Iterator[tuple[str, str]]:
    if item.shown_when is not None:
        yield "shown_when", "A calculated field is always shown; use if(…) in its formula."
    try:
        parse_expression(item.formula, {f.id: kind for f in form.fields if (kind := f.value_kind)})
    except ExpressionError as error:
        yield "formula", f"The formula of “{item.id}” cannot be read: {error}."


def _condition(form: Form, index: int, item: FormField) -> Iterator[tuple[str, str]]:
    if item.shown_when is None:
        return
    other = next((f for f in form.fields[:index] if f.id == item.shown_when.field), None)
    if other is None or other.kind != "choice":
        yield "shown_when", f"“{item.shown_when.field}” is no choice above this field."
    elif unknown := sorted(set(item.shown_when.values) - other.codes):
        yield "shown_when", f"“{unknown[0]}” is no code of “{other.id}”."


def amendments_keep_meaning(
    definition: Definition, earlier: Iterable[Definition]
) -> Iterator[Broken]:
    """A field may come, go or be worded anew; what stored values mean stays."""
    kinds: dict[str, str] = {}
    known: dict[tuple[str, str], tuple[object, ...]] = {}
    for before in earlier:
        for form in before.forms:
            kinds[form.id] = form.kind
            known |= {(form.id, item.id): item.meaning for item in form.fields}
    for place, form in enumerate(definition.forms):
        if kinds.get(form.id, form.kind) != form.kind:
            reason = f"An earlier version has this form as a {kinds[form.id]}; use another id."
            yield ("forms", place, "kind"), reason
        for index, item in enumerate(form.fields):
            if known.get((form.id, item.id), item.meaning) != item.meaning:
                where: Location = ("forms", place, "fields", index, "id")
                yield (
                    where,
                    f"An earlier version has “{item.id}” with another kind, unit, number of decimal"
                    " places or formula; use another id.",
                )
