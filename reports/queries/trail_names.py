"""Names in the place of ids, slugs and fingerprints on the page of the trail, not in its file."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import capfirst

from core.audit.reading import FieldChange, model_of
from core.models import Site, User
from dosing.models import Kit
from enrollment import registry
from enrollment.models import Patient, Visit
from reports.queries.trail_lines import TrailLine

_NAMES: dict[type[models.Model], Callable[[Any], str]] = {
    Site: lambda site: f"{site.code} {site.name}",
    User: str,
    Patient: str,
    Visit: lambda visit: str(visit.label),
    Kit: str,
}
"""Those whose name every reader of the trail may know. Nothing here tells an arm."""

_FINGERPRINT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")

Names = dict[type[models.Model], dict[str, str]]


def with_names(lines: list[TrailLine]) -> list[TrailLine]:
    """One query for each kind of row that the lines point at."""
    names = _names_of(lines)
    return [
        replace(
            line,
            fields=[_read(line, change, names) for change in line.fields],
            details=_shortened(line.details),
        )
        for line in lines
    ]


def _names_of(lines: Iterable[TrailLine]) -> Names:
    asked: dict[type[models.Model], set[int]] = defaultdict(set)
    for line in lines:
        for change in line.fields:
            model = _target(line.entry.table_name, change.field)
            if model is not None:
                asked[model] |= {int(side) for side in (change.old, change.new) if side.isdigit()}
    return {
        model: {
            str(pk): _NAMES[model](row) for pk, row in model._default_manager.in_bulk(ids).items()
        }
        for model, ids in asked.items()
    }


def _read(line: TrailLine, change: FieldChange, names: Names) -> FieldChange:
    model = _target(line.entry.table_name, change.field)
    if model is not None:
        known = names[model]
        return replace(
            change, old=known.get(change.old, change.old), new=known.get(change.new, change.new)
        )
    if change.field == "form":
        return replace(change, old=_form(change.old), new=_form(change.new))
    if change.field == "field":
        form = next((item.new or item.old for item in line.fields if item.field == "form"), "")
        return replace(change, old=_field(form, change.old), new=_field(form, change.new))
    return replace(change, old=_shortened(change.old), new=_shortened(change.new))


def _target(table: str, name: str) -> type[models.Model] | None:
    model = model_of(table)
    try:
        field = model._meta.get_field(name) if model is not None else None
    except FieldDoesNotExist:
        return None
    target = getattr(field, "related_model", None)
    return target if target in _NAMES else None


def _form(slug: str) -> str:
    spec = registry.find(slug)
    return capfirst(str(spec.title)) if spec is not None else slug


def _field(form: str, name: str) -> str:
    spec = registry.find(form)
    for model in (spec.model, spec.rows.model if spec.rows else None) if spec else ():
        try:
            return (
                str(getattr(model._meta.get_field(name), "verbose_name", name)) if model else name
            )
        except FieldDoesNotExist:
            continue
    return name


def _shortened(text: str) -> str:
    """A SHA-256 as its first twelve digits, as signatures show it."""
    return _FINGERPRINT.sub(r"\1…", text)
