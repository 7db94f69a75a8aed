"""What was decided about patients' courses, as upper apps know it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from enrollment.calc.course_changes import CourseChange

Source = Callable[[Sequence[int]], Mapping[int, Sequence[CourseChange]]]
"""Patient ids to what was decided for each of them."""

_sources: list[Source] = []


def register_course_changes(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def course_changes(patients: Sequence[int]) -> dict[int, list[CourseChange]]:
    """One query for each source, whatever the number of patients."""
    found: dict[int, list[CourseChange]] = defaultdict(list)
    for source in _sources:
        for patient, changes in source(patients).items():
            found[patient] += changes
    return found
