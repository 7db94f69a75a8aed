"""The visits of a trial as REDCap's events.

Everybody is in REDCap's arm 1: the name of an event never says who got what. Each visit is an
event of its own, the third scan too: REDCap lets nothing repeat inside an event that repeats, and
a scan has the rows of its lesions. What belongs to no visit stands in the event `baseline_arm_1`.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from enrollment import registry
from enrollment.calc.definition import Definition
from enrollment.calc.schedule import PlannedVisit, plan
from enrollment.models import TrialVersion, Visit
from reports.api.redcap.call import Call
from reports.api.redcap.instruments import VISITS, Instrument

ARM = "_arm_1"
BASELINE = f"baseline{ARM}"
LANGUAGE = "en"
_COURSE_DAY = re.compile(r"C([0-9]+)D([0-9]+)")
_CODED = re.compile(r"[A-Z]+[0-9]+D[0-9]+|U[0-9]+")
"""Days of courses, and visits outside the plan."""
_NAMED = re.compile(r"(?!([a-z]+[0-9]+d|u)[0-9]+$)[a-z0-9]+(-[a-z0-9]+)*")
_TAKEN = re.compile(r"(baseline|course_[0-9]+_day_[0-9]+|visit_.*)$")
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Event:
    name: str
    label: str
    instruments: tuple[str, ...]
    """Names of the instruments that the event asks for."""


def event_name(visit: str) -> str:
    """`C2D1` is `course_2_day_1_arm_1`, `scan-3` is `scan_3_arm_1`, no visit the baseline.

    Two visits never share a name: what would read like another one's begins with `visit_`, and
    where letters were changed a number that stays with the key tells the keys apart.
    """
    if not visit:
        return BASELINE
    if match := _COURSE_DAY.fullmatch(visit):
        return f"course_{match[1]}_day_{match[2]}{ARM}"
    name = re.sub(r"[^a-z0-9]+", "_", visit.lower())
    if _TAKEN.match(name):
        name = f"visit_{name}"
    if not (_NAMED.fullmatch(visit) or _CODED.fullmatch(visit)):
        name += f"_{zlib.crc32(visit.encode()):08x}"
    return name + ARM


def events_of(call: Call, instruments: list[Instrument]) -> list[Event]:
    """Baseline first, then the visits in the order of the schedule. Two queries."""
    at_baseline = [item.name for item in instruments if not item.is_of_visits]
    found = {BASELINE: Event(BASELINE, _("Baseline"), tuple(at_baseline))}
    known = {item.name for item in instruments}
    for key, label, slugs in _visits_of(call):
        name = event_name(key)
        asked = [VISITS, *_tables_of(slugs)]
        before = found.get(name, Event(name, label, ()))
        added = (each for each in asked if each in known and each not in before.instruments)
        found[name] = replace(before, instruments=(*before.instruments, *added))
    return list(found.values())


def _visits_of(call: Call) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Key, label and forms: of all versions of the definition by day, newest first, then of visits
    that no version plans."""
    versions = TrialVersion.objects.filter(trial=call.trial).order_by("-number")
    planned = [visit for version in versions for visit in _planned(version.definition)]
    for visit in sorted(planned, key=lambda item: item.target_date):
        yield visit.key, visit.label.in_language(LANGUAGE), visit.forms
    others = (
        Visit.objects.visible_to(call.user)
        .filter(patient__site__in=call.scope.exportable_sites)
        .exclude(key__in={visit.key for visit in planned})
    )
    for key, label, forms in others.order_by("key").values_list("key", "label_en", "forms"):
        yield key, label, tuple(forms)


def _planned(definition: Definition) -> list[PlannedVisit]:
    """The schedule of somebody who does as planned, to the end of the last course."""
    track = definition.course_track
    days = track.start_after_days + (track.courses or 1) * (track.course_days or 0)
    return plan(
        definition,
        enrolled_on=_ANY_DAY,
        actual_dates={},
        treatment_ended_on=_ANY_DAY + timedelta(days=days),
    )


def _tables_of(slugs: tuple[str, ...]) -> Iterator[str]:
    for slug in slugs:
        spec = registry.get(slug)
        yield spec.table
        if spec.rows is not None:
            yield spec.rows.table
