"""The data dictionary: `metadata`, `instrument`, `exportFieldNames`."""

from collections.abc import Iterator

from django.http import HttpResponseBase

from reports.api.redcap.answers import Row, rows_answer
from reports.api.redcap.call import Call, check_known, not_valid
from reports.api.redcap.instruments import RECORD_ID, Field, Instrument, instruments_of
from reports.queries.tables import Type

COLUMNS = [
    "field_name", "form_name", "section_header", "field_type", "field_label",
    "select_choices_or_calculations", "field_note", "text_validation_type_or_show_slider_number",
    "text_validation_min", "text_validation_max", "identifier", "branching_logic",
    "required_field", "custom_alignment", "question_number", "matrix_group_name",
    "matrix_ranking", "field_annotation",
]  # fmt: skip
FILE_HEADER = [
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max",
    "Identifier?", "Branching Logic (Show field only if...)", "Required Field?",
    "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name",
    "Matrix Ranking?", "Field Annotation",
]  # fmt: skip
"""The same columns as REDCap names them in the file that its designer takes."""
MOST_RADIO_BUTTONS = 6
_VALIDATIONS = {
    Type.DATE: "date_ymd",
    Type.TIME: "datetime_seconds_ymd",
    Type.INTEGER: "integer",
    Type.DECIMAL: "number",
}


def metadata(call: Call) -> HttpResponseBase:
    """All fields, or those asked for by `fields` and `forms`."""
    instruments = instruments_of(call)
    fields, forms = call.listed("fields"), call.listed("forms")
    names = {RECORD_ID} | {field.name for item in instruments for field in item.fields}
    check_known("fields", fields, names)
    check_known("forms", forms, {item.name for item in instruments})
    rows = [
        _row(values)
        for values in _dictionary(instruments)
        if not (fields or forms) or values["field_name"] in fields or values["form_name"] in forms
    ]
    return rows_answer(call, COLUMNS, rows)


def data_dictionary(instruments: list[Instrument]) -> list[list[str]]:
    """The lines of REDCap's file, for `FILE_HEADER`."""
    return [[values.get(name, "") for name in COLUMNS] for values in _dictionary(instruments)]


def instrument(call: Call) -> HttpResponseBase:
    rows: list[Row] = [[item.name, item.label] for item in instruments_of(call)]
    return rows_answer(call, ["instrument_name", "instrument_label"], rows)


def export_field_names(call: Call) -> HttpResponseBase:
    """The columns of a flat export, but for calculated fields, which REDCap leaves out too."""
    names = [RECORD_ID]
    for item in instruments_of(call):
        names += [field.name for field in item.fields if not field.is_calculated]
        names.append(item.complete)
    if asked := call.text("field"):
        if asked not in names:
            raise not_valid("field")
        names = [asked]
    rows: list[Row] = [[name, "", name] for name in names]
    return rows_answer(call, ["original_field_name", "choice_value", "export_field_name"], rows)


def _row(values: dict[str, str]) -> Row:
    return [values.get(name, "") for name in COLUMNS]


def _dictionary(instruments: list[Instrument]) -> Iterator[dict[str, str]]:
    yield {
        "field_name": RECORD_ID,
        "form_name": instruments[0].name if instruments else "",
        "field_type": "text",
        "field_label": "Patient",
        "field_note": "The patient number; before enrollment the screening number.",
        "required_field": "y",
    }
    for item in instruments:
        names = {field.column.name: field.name for field in item.fields}
        for field in item.fields:
            yield _described(item, field, names)


def _described(item: Instrument, field: Field, names: dict[str, str]) -> dict[str, str]:
    entry = field.entry
    return {
        "field_name": field.name,
        "form_name": item.name,
        "field_type": _type_of(field),
        "field_label": entry.label,
        "select_choices_or_calculations": choices_text(field.codes),
        "field_note": ". ".join(filter(None, (entry.unit, entry.note))),
        "text_validation_type_or_show_slider_number": _validation_of(field),
        "text_validation_min": entry.minimum,
        "text_validation_max": entry.maximum,
        "branching_logic": _branching_of(field, names),
        "required_field": "y" if entry.is_required else "",
        "field_annotation": "@READONLY" if entry.is_derived else "",
    }


def choices_text(codes: tuple[tuple[str, str], ...]) -> str:
    """`code, label | code, label`; a bar inside a label would look like the next choice."""
    return " | ".join(f"{code}, {label.replace('|', '/')}" for code, label in codes)


def _type_of(field: Field) -> str:
    if field.is_calculated:
        return "calc"
    if field.codes:
        return "radio" if len(field.codes) <= MOST_RADIO_BUTTONS else "dropdown"
    return "text"


def _validation_of(field: Field) -> str:
    if field.is_calculated or field.codes:
        return ""
    return _VALIDATIONS.get(field.column.type, "")


def _branching_of(field: Field, names: dict[str, str]) -> str:
    condition = field.column.captured.shown_when
    if condition is None:
        return ""
    name, values = condition
    return " or ".join(f"[{names.get(name, name)}] = '{value}'" for value in values)
