"""Reasons for which unusual values of a form were kept."""

from enrollment.models import FormRecord, KeptValue


def kept_in(slug: str, record: FormRecord) -> dict[tuple[int | None, str], list[KeptValue]]:
    """By row number and field."""
    if record.pk is None:
        return {}
    found: dict[tuple[int | None, str], list[KeptValue]] = {}
    for item in KeptValue.objects.filter(form=slug, record_id=record.pk).order_by("pk"):
        found.setdefault((item.row_number, item.field), []).append(item)
    return found
