"""Randomization without arms: lists, how full the strata are, which level a patient belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from core.models import Trial, User
from enrollment import registry
from enrollment.calc.definition import Definition, Stratum, Text
from enrollment.calc.randomization import level_for, settings_of, strata_of
from enrollment.models import Allocation, Patient, RandomizationList, VisitForm
from enrollment.queries.trials import current_version
from oversight.models import RecordState


@dataclass(frozen=True)
class Allocated:
    """What everybody may know of a patient's randomization."""

    number: str
    stratum: str
    on: date
    by: str


@dataclass(frozen=True)
class Factor:
    """One factor for one patient: the level, or why there is none yet."""

    stratum: Stratum
    value: str = ""
    level: str = ""

    @property
    def is_asked(self) -> bool:
        return not self.stratum.field


@dataclass(frozen=True)
class Fill:
    stratum: str
    places: int
    taken: int

    @property
    def free(self) -> int:
        return self.places - self.taken


def active_list(trial: Trial) -> RandomizationList | None:
    lists = RandomizationList.objects.active().filter(trial=trial)
    return lists.select_related("version").defer("version__source").first()


def allocation_of(patient: Patient) -> Allocated | None:
    found = Allocation.objects.filter(patient=patient).values_list(
        "number", "stratum", "allocated_on", "allocated_by__full_name"
    )
    # The columns are empty in places that nobody has, which are not asked for here.
    values: Any = found.first()
    return Allocated(*values) if values is not None else None


def randomized_days(trial: Trial) -> "QuerySet[Any]":
    """Rows with `patient_id` and `allocated_on`, and without the arm."""
    taken = Allocation.objects.filter(trial=trial, patient__isnull=False)
    return taken.order_by("patient_id").only("patient_id", "allocated_on")


def randomized_strata(trial: Trial) -> dict[int, str]:
    """Patient id to the stratum in which the patient was randomized."""
    taken = Allocation.objects.filter(trial=trial, patient__isnull=False)
    return dict(taken.order_by("patient_id").values_list("patient_id", "stratum"))


def has_allocations(trial: Trial) -> bool:
    return Allocation.objects.filter(trial=trial, patient__isnull=False).exists()


def settings_are_current(made: RandomizationList) -> bool:
    """False once an amendment changed what the list was made by."""
    newest = current_version(made.trial).definition
    return settings_of(newest) == settings_of(made.version.definition)


def fills(made: RandomizationList) -> list[Fill]:
    """In the order of the strata, without arms."""
    counted = Allocation.objects.filter(list=made).order_by().values("stratum")
    rows = {
        row["stratum"]: row
        for row in counted.annotate(places=Count("pk"), taken=Count("patient_id"))
    }
    randomization = made.version.definition.randomization
    names = strata_of(randomization.strata) if randomization else []
    return [Fill(name, rows[name]["places"], rows[name]["taken"]) for name in names if name in rows]


def factors_of(
    patient: Patient, strata: Sequence[Stratum], *, on: date, asked: Mapping[str, str] | None = None
) -> list[Factor]:
    """Each factor's answer as the patient's forms give it on that day, or as the person said."""
    factors = []
    for stratum in strata:
        if stratum.field:
            value = latest_answers(stratum, {patient.pk: on}).get(patient.pk, "")
            factors.append(Factor(stratum, value, level_for(stratum, value) or ""))
        else:
            said = (asked or {}).get(stratum.id, "")
            is_known = said in {level.id for level in stratum.levels}
            factors.append(Factor(stratum, said, said if is_known else ""))
    return factors


def latest_answers(stratum: Stratum, until: Mapping[int, date]) -> dict[int, str]:
    """Patient id to the answer in the last complete form, of visits up to that patient's day."""
    model = registry.get(stratum.form).model
    records = model.objects.filter(patient__in=list(until)).exclude(state=RecordState.DRAFT)
    day = "visit__actual_date" if issubclass(model, VisitForm) else "completed_at__date"
    rows = records.order_by(day, "pk").values_list("patient_id", stratum.field_name, day)
    is_of_visit = issubclass(model, VisitForm)
    return {
        pk: str(value)
        for pk, value, on in rows
        if value not in (None, "") and (not is_of_visit or (on and on <= until[pk]))
    }


def stratum_name(factors: Sequence[Factor]) -> str:
    """Empty while a level is missing."""
    if not factors:
        return strata_of([])[0]
    levels = [factor.level for factor in factors]
    return "/".join(levels) if all(levels) else ""


def told_by_forms(factors: Sequence[Factor]) -> str:
    """The levels that the forms give, to see whether they are those that a page showed."""
    return "/".join(factor.level for factor in factors if not factor.is_asked)


def lists_of(trial: Trial) -> list[RandomizationList]:
    """Newest first."""
    lists = RandomizationList.objects.filter(trial=trial).select_related("made_by", "activated_by")
    return list(lists.order_by("-number"))


def takers(made: RandomizationList) -> dict[tuple[str, int], tuple[str, str, date]]:
    """Stratum and place to randomization number, patient number and day."""
    taken = Allocation.objects.filter(list=made, patient__isnull=False)
    values = ("stratum", "sequence", "number", "patient__number", "allocated_on")
    return {(row[0], row[1]): row[2:] for row in taken.values_list(*values)}


def strata_labels(definition: Definition, language: str) -> dict[str, str]:
    """Stratum to words, such as `Portal vein invasion: No · ECOG: 0`."""
    strata = definition.randomization.strata if definition.randomization else ()
    labels = {}
    for name in strata_of(strata):
        parts = zip(strata, name.split("/"), strict=True) if strata else ()
        texts = [f"{_in(s.label, language)}: {_level(s, part, language)}" for s, part in parts]
        labels[name] = " · ".join(texts) or name
    return labels


def stratum_words(definition: Definition, name: str, language: str) -> str:
    """As `strata_labels`; and an answer outside the levels, too, as corrected forms can say."""
    strata = definition.randomization.strata if definition.randomization else ()
    parts = zip(strata, name.split("/"), strict=False)
    texts = []
    for stratum, part in parts:
        known = {level.id: _in(level.label, language) for level in stratum.levels}
        said = known.get(part) or _("%(answer)s (no level of this trial)") % {"answer": part}
        texts.append(f"{_in(stratum.label, language)}: {said}")
    return " · ".join(texts) or name


def _level(stratum: Stratum, level_id: str, language: str) -> str:
    return next(_in(level.label, language) for level in stratum.levels if level.id == level_id)


def _in(text: Text, language: str) -> str:
    return text.in_language(language)


@dataclass(frozen=True)
class Misplaced:
    """Randomized in one stratum; the forms now say another. The allocation stays as it is."""

    patient: Patient
    number: str
    randomized_as: str
    now: str


def misplaced(made: RandomizationList, *, user: User) -> list[Misplaced]:
    """Of the patients that the person sees, in the order of randomization."""
    randomization = made.version.definition.randomization
    strata = randomization.strata if randomization else ()
    taken: list[Any] = list(
        Allocation.objects.visible_to(user)
        .filter(list=made)
        .order_by("number")
        .values_list("patient_id", "number", "stratum", "allocated_on")
    )
    days = {pk: on for pk, _number, _stratum, on in taken}
    patients = Patient.objects.in_bulk(list(days))
    answers = {s.id: latest_answers(s, days) for s in strata if s.field}
    found = []
    for pk, number, stratum, _on in taken:
        levels = []
        for factor, level in zip(strata, stratum.split("/"), strict=False):
            value = answers.get(factor.id, {}).get(pk)
            levels.append((level_for(factor, value) or value) if value is not None else level)
        if strata and (now := "/".join(levels)) != stratum:
            found.append(Misplaced(patients[pk], number, stratum, now))
    return found
