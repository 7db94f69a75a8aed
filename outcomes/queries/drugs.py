"""The background drugs of a patient, by name."""

from django.utils.translation import get_language

from dosing.models.background import drugs_of
from enrollment.models import Patient


def names_of_drugs(patient: Patient) -> dict[str, str]:
    """By id, in the language of the page."""
    language = get_language() or "en"
    return {drug.id: drug.name.in_language(language) for drug in drugs_of(patient)}
