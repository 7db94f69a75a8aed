"""Addresses of records and fields, as pages and lists link to them."""

from urllib.parse import urlencode

from django.urls import reverse

from enrollment import registry
from enrollment.forms.layout import Flag, Flags
from enrollment.models import FormRecord
from enrollment.registry import FormSpec, Kind
from oversight.calc.place import Place
from oversight.queries import NO_MARK, FieldMark, field_marks


def entry_url(place: Place) -> str:
    """The entry page of the form, at the input of the field; the visit where no form is named."""
    if not place.form:
        return reverse("enrollment:visit-detail", args=[place.visit_id])
    return _page_url(place) + _anchor(place)


def talk_url(place: Place, route: str = "enrollment:field-detail") -> str:
    """The page of the field's queries, history and comments, or where its forms are sent."""
    page = reverse(route, args=[place.patient_id, place.form, place.record_id])
    asked = {"row": place.row_number, "field": place.field}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{page}?{query}" if query else page


def flag_of(place: Place, mark: FieldMark) -> Flag:
    name = "-".join(str(part) for part in ("flag", place.row_number, place.field) if part)
    return Flag(name, talk_url(place), mark)


def field_flags(spec: FormSpec, record: FormRecord) -> Flags | None:
    """The flags of a stored record: two queries, whatever the number of fields."""
    if record.pk is None:
        return None
    marks = field_marks(spec.slug, record.pk)
    visit_id = getattr(record, "visit_id", None)

    def flag(row_number: int | None, field: str) -> Flag:
        place = Place(0, record.patient_id, visit_id, spec.slug, record.pk, row_number, field)
        return flag_of(place, marks.get((row_number, field), NO_MARK))

    return flag


def _page_url(place: Place) -> str:
    kind = registry.get(place.form).kind
    if kind is Kind.VISIT:
        return reverse("enrollment:visit-form", args=[place.visit_id, place.form])
    if kind is Kind.LOG:
        arguments = [place.patient_id, place.form, place.record_id]
        return reverse("enrollment:log-form", args=arguments)
    return reverse("enrollment:patient-form", args=[place.patient_id, place.form])


def _anchor(place: Place) -> str:
    if not place.field:
        return ""
    # Rows are never removed, so a row's place on the page follows from its number.
    row = f"row-{place.row_number - 1}-" if place.row_number else ""
    return f"#id_{row}{place.field}"
