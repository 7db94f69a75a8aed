"""Laboratory values from a hospital's file into the forms of the visits.

Each value passes the form as if it were typed there. Nothing of a file is stored as long as one of
its values is refused. A preview is the import itself, taken back.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import audit
from core.fields import CapturedField, MissingCode, NumberField
from core.models import Site, User
from enrollment import registry
from enrollment.forms.captured import MISSING, form_class_for
from enrollment.forms.entry import BECAUSE, Entry
from enrollment.forms.saving import ChangeReason
from enrollment.models import Patient, Visit
from enrollment.values import text_of
from outcomes.calc.lab_file import (
    LineProblem,
    Meaning,
    Result,
    in_unit_of_form,
    read_file,
    read_mapping,
)
from outcomes.models import Laboratory, LaboratoryMapping

FORM = "laboratory"
NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"


@dataclass(frozen=True)
class Line:
    """What becomes of one value of the file; `reason` where it is refused."""

    number: int
    patient: str
    day: date
    test: str
    new: str
    old: str = ""
    visit: str = ""
    state: str = SAME
    reason: str = ""

    @property
    def state_label(self) -> str:
        words = {NEW: _("to be added"), CHANGED: _("to be changed"), REFUSED: _("refused")}
        return words.get(self.state, _("stored already"))


@dataclass
class Report:
    sha256: str
    lines: list[Line] = field(default_factory=list)
    stored: int = 0
    """Forms that were saved."""

    def _of(self, state: str) -> list[Line]:
        return [line for line in self.lines if line.state == state]

    @property
    def new(self) -> list[Line]:
        return self._of(NEW)

    @property
    def changed(self) -> list[Line]:
        return self._of(CHANGED)

    @property
    def same(self) -> list[Line]:
        return self._of(SAME)

    @property
    def refused(self) -> list[Line]:
        return self._of(REFUSED)

    @property
    def shown(self) -> list[Line]:
        """What is to be looked at: refused first, then changed, then new."""
        return [*self.refused, *self.changed, *self.new]

    @property
    def fingerprint(self) -> str:
        """Of all that the report says."""
        return hashlib.sha256(repr(self.lines).encode()).hexdigest()

    @property
    def can_import(self) -> bool:
        return not self.refused and bool(self.new or self.changed)


def problem_text(problem: LineProblem) -> str:
    """The sentence for a person."""
    text = str(_problems()[problem.code]) % {"what": problem.what}
    if not problem.line:
        return text
    return _("Line %(line)s: %(text)s") % {"line": problem.line, "text": text}


def _problems() -> dict[str, str]:
    return {
        "no-mapping": _("“%(what)s” is not of the form: column = meaning."),
        "no-test": _("“%(what)s” is neither patient, date nor the name of a test."),
        "no-unit": _("“%(what)s”: this unit is not known for the test."),
        "twice": _("“%(what)s”: the column or its meaning stands above already."),
        "lacks": _("No column is said to be the “%(what)s”."),
        "no-table": _("This is no table with a header and three columns or more."),
        "no-text": _("This is no text in UTF-8 or GB 18030."),
        "no-column": _("The file has no column “%(what)s”."),
        "columns-twice": _("Two columns have the same name."),
        "cells": _("%(what)s cells stand here, which is not the number of columns."),
        "no-day": _("“%(what)s” is no date."),
        "too-long": _("A file has at most %(what)s lines."),
    }


def tests() -> dict[str, NumberField]:
    """The tests of the form by name."""
    fields = registry.get(FORM).fields
    return {item.name: item for item in fields if isinstance(item, NumberField)}


def meanings_of(lines: str) -> list[Meaning]:
    """
    Raises:
        LineProblem: as `read_mapping`.
    """
    return read_mapping(lines, {name: str(item.unit) for name, item in tests().items()})


def keep_mapping(site: Site, lines: str, *, by: User) -> None:
    """
    Raises:
        LineProblem: as `read_mapping`; the mapping stays as it was.
    """
    meanings_of(lines)
    with audit.writing(by=by):
        LaboratoryMapping.objects.update_or_create(
            site=site, defaults={"lines": lines, "updated_by": by}
        )


def import_file(
    site: Site, content: bytes, *, name: str, by: User, seen: str | None = None
) -> Report:
    """Stores the file's values, all or none: those that the person has `seen`, by the fingerprint
    of an earlier report. Without it none, and the report says what would happen.

    Raises:
        LineProblem: the file cannot be read by the site's mapping.
        LaboratoryMapping.DoesNotExist: the site has none.
    """
    mapping = meanings_of(LaboratoryMapping.objects.get(site=site).lines)
    results = read_file(content, mapping, today=timezone.localdate())
    report = Report(hashlib.sha256(content).hexdigest())
    with transaction.atomic():
        for (patient, day), found in _by_sample(results, site).items():
            _import_sample(report, patient, day, found, name=name, by=by)
        if report.refused or seen != report.fingerprint:
            transaction.set_rollback(True)
            report.stored = 0
    return report


def _by_sample(
    results: Iterable[Result], site: Site
) -> dict[tuple[Patient | str, date], list[Result]]:
    """By patient and day; under the number as it stands where there is no such patient."""
    known: dict[str, Patient | str] = {}
    found: dict[tuple[Patient | str, date], list[Result]] = defaultdict(list)
    for result in results:
        if result.patient not in known:
            known[result.patient] = _patient_of(site, result.patient) or result.patient
        found[known[result.patient], result.day].append(result)
    return found


def _patient_of(site: Site, number: str) -> Patient | None:
    patients = Patient.objects.filter(site=site).select_related("trial", "site")
    of_number = patients.filter(number=number).first()
    return of_number or patients.filter(screening_number=number).first()


def _import_sample(
    report: Report,
    patient: Patient | str,
    day: date,
    results: list[Result],
    *,
    name: str,
    by: User,
) -> None:
    fields = tests()
    typed: dict[str, str] = {}
    lines: dict[str, Line] = {}
    for result in results:
        test = result.meaning.means
        text = in_unit_of_form(result.text, result.meaning.factor, fields[test].decimal_places or 0)
        line = Line(result.line, result.patient, day, _label(fields[test]), text)
        if test in typed and typed[test] != text:
            reason = _("This test stands twice for the same patient and day.")
            report.lines.append(_refused(line, reason))
            continue
        typed[test], lines[test] = text, line
    try:
        visit = _visit_of(patient, day)
    except LookupError as missing:
        report.lines += [_refused(line, str(missing)) for line in lines.values()]
        return
    _fill(report, visit, day, typed, lines, name=name, by=by)


def _visit_of(patient: Patient | str, day: date) -> Visit:
    """The visit whose laboratory form has a sample of the day, else that of the day itself.

    Raises:
        LookupError: with the sentence for a person.
    """
    if isinstance(patient, str):
        raise LookupError(_("There is no patient of this number at the site."))
    stored = Laboratory.objects.filter(patient=patient, sampled_on__isnull=False)
    days = dict(stored.values_list("visit_id", "sampled_on"))
    sampled = [visit for visit, known in days.items() if known == day]
    held = Visit.objects.filter(patient=patient, outcome=Visit.Outcome.TOOK_PLACE)
    visits = held.filter(pk__in=sampled) if sampled else held.filter(actual_date=day)
    asking = [each for each in visits.order_by("position") if FORM in each.forms]
    if not asking:
        raise LookupError(_("No visit of this day asks for laboratory values."))
    # One form has one sample: values of two days in it would pass for those of one.
    visit = next((each for each in asking if days.get(each.pk, day) == day), None)
    if visit is None:
        text = _("The form of this visit holds a sample of another day, %(day)s.")
        raise LookupError(text % {"day": days[asking[0].pk]})
    visit.patient = patient
    return visit


def _fill(
    report: Report,
    visit: Visit,
    day: date,
    typed: dict[str, str],
    lines: dict[str, Line],
    *,
    name: str,
    by: User,
) -> None:
    spec = registry.get(FORM)
    record: Any = Laboratory.objects.filter(visit=visit).first() or Laboratory(
        patient=visit.patient, visit=visit
    )
    record.patient, record.visit = visit.patient, visit
    old = {test: _answer(record, test) for test in typed}
    entry = Entry(spec, record, data=_as_typed(record, day, typed, report.sha256, name))
    status, conflict = (200, None) if _changes_nothing(entry) else entry.try_save(by=by)
    general = [*entry.form.non_field_errors(), *((conflict and [str(conflict)]) or [])]
    others = [
        f"{entry.form[each].label}: {' '.join(map(str, errors))}"
        for each, errors in (entry.form.errors | entry.saving.errors).items()
        if each not in typed and each in entry.form.fields
    ]
    # One that names the wrong value is enough to keep all of the file out.
    is_named = bool(lines.keys() & entry.form.errors.keys())
    for test, line in lines.items():
        own = [str(error) for error in entry.form.errors.get(test, ())]
        problem = " ".join(map(str, own or [*general, *others]))
        placed = replace(line, visit=visit.label, old=old[test])
        if status == 200 or (is_named and not own):
            report.lines.append(replace(placed, state=_state(entry, test, old[test])))
        else:
            unsaid = _("The form cannot be saved. Open its page and see why.")
            report.lines.append(_refused(placed, problem or unsaid))
    report.stored += status == 200 and bool(entry.form.changed_data)


def _changes_nothing(entry: Entry) -> bool:
    return entry.is_valid() and not entry.has_changed()


def _state(entry: Entry, test: str, old: str) -> str:
    if not {test, test + MISSING} & set(entry.form.changed_data):
        return SAME
    return CHANGED if old else NEW


def _as_typed(
    record: Laboratory, day: date, typed: dict[str, str], sha256: str, name: str
) -> QueryDict:
    """What the page would send, had a person typed the values into it."""
    spec = registry.get(FORM)
    form = form_class_for(spec.model, spec.form_mixin)(instance=record)
    data = QueryDict(mutable=True)
    for each in form.fields:
        value = form[each].value()
        data[each] = "" if value is None else str(value)
    for test, text in typed.items():
        data[test] = text
        data[test + BECAUSE] = f"laboratory file {name[:120]}"  # an unusual value is the source's
        if test + MISSING in form.fields:
            data[test + MISSING] = ""
    if not data["sampled_on"]:
        data["sampled_on"] = day.isoformat()
    data["revision"] = str(record.revision)
    data["reason_code"] = ChangeReason.SOURCE.value
    data["reason_text"] = f"laboratory file {name[:120]}, SHA-256 {sha256}"
    return data


def _answer(record: Laboratory, test: str) -> str:
    if code := record.missing.get(test):
        return str(MissingCode(code).label)
    return text_of(tests()[test], getattr(record, test))


def _label(item: CapturedField) -> str:
    label = capfirst(str(item.verbose_name))
    return f"{label} ({item.unit})" if item.unit else label


def _refused(line: Line, reason: str) -> Line:
    return replace(line, state=REFUSED, reason=reason)
