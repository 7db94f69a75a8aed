"""What a person states against what follows from the answers."""

from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext_lazy as _

from enrollment.computed import computed_of
from enrollment.quality.catalog import Check, Finding, Severity, register_check
from enrollment.quality.scope import Scope
from enrollment.queries.computed import computed_of_records
from enrollment.registry import FormSpec, Kind, all_specs

AT_ONCE = 500
"""Records that are read together."""


def find_differing_statements(scope: Scope) -> Iterator[Finding]:
    for spec in all_specs(Kind.VISIT, trial=scope.trial.slug):
        if any(item.entered for item in computed_of(spec.slug)):
            yield from _of_form(spec, scope)


def _of_form(spec: FormSpec, scope: Scope) -> Iterator[Finding]:
    records = scope.records(spec.model).order_by("pk").iterator(chunk_size=AT_ONCE)
    while part := list(islice(records, AT_ONCE)):
        values = computed_of_records(spec, part)
        for record in part:
            for value in values[record.pk]:
                if value.entered:
                    place = scope.place(
                        spec.slug,
                        record.pk,
                        record.patient_id,
                        field=value.entered_in,
                        visit_id=record.visit_id,
                    )
                    yield Finding(place, {"entered": value.entered, "computed": value.text})


register_check(
    Check(
        "DQ-060",
        _("Entered score differs from the computed one"),
        _("%(entered)s is entered, but %(computed)s follows from the answers. Which is right?"),
        _(
            "Child-Pugh score and BCLC stage at baseline: the computed ones are a suggestion, and"
            " the investigator may know more."
        ),
        Severity.WARNING,
        find_differing_statements,
        asked_at=("baseline",),
    )
)
