"""Simulated patients of the single-arm trial, written in bulk: the night's input at any size.

The numbers are plausible in amount, not in medicine: about 200 rows for each patient.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from core.calc.partial_date import PartialDate
from core.models import Site, User
from dosing.models import CapsuleCourse, DailyDose
from enrollment.actions import load_definition
from enrollment.calc.numbering import issue
from enrollment.models import EndOfStudy, EndOfTreatment, Patient, TrialVersion, Visit
from outcomes.models import (
    AdverseEvent,
    Death,
    Laboratory,
    Lesion,
    LesionMeasurement,
    SurvivalStatus,
    TumorAssessment,
)

SCAN_DAYS = tuple(range(42, 337, 42))
COURSE_DAYS = (0, 21, 42, 63)
LABORATORY_DAYS = (-7, *COURSE_DAYS, 84, 126, 168)
SURVIVAL_DAYS = (120, 240, 360, 480)
TERMS = ("Diarrhea", "Nausea", "Fatigue", "Hypertension", "Abdominal pain", "Proteinuria")
BATCH = 2000


def simulate(patients: int, *, first_day: date, last_day: date, seed: int = 1) -> TrialVersion:
    """Loads the trial and adds the patients. The audit triggers are dropped while it writes."""
    file = Path(settings.BASE_DIR) / "enrollment" / "definitions" / "hcc-single-arm.toml"
    version = load_definition(file.read_text(encoding="utf-8"), by=None).version
    _drop_audit_triggers()
    writer = _Writer(version, first_day, last_day, random.Random(seed))
    with transaction.atomic():
        for number in range(patients):
            writer.add_patient(number)
            if number % BATCH == BATCH - 1:
                writer.flush()
        writer.flush()
    return version


def _drop_audit_triggers() -> None:
    """Writing the trail of a million rows is not what is measured here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


class _Writer:
    """Rows in the order in which their tables depend on each other, with their keys given here."""

    ORDER: tuple[type[models.Model], ...] = (
        Patient,
        Visit,
        Lesion,
        TumorAssessment,
        LesionMeasurement,
        CapsuleCourse,
        DailyDose,
        Laboratory,
        SurvivalStatus,
        AdverseEvent,
        Death,
        EndOfTreatment,
        EndOfStudy,
    )

    def __init__(
        self, version: TrialVersion, first_day: date, last_day: date, chance: random.Random
    ) -> None:
        self.version, self.chance = version, chance
        self.first_day, self.last_day = first_day, last_day
        self.sites = list(Site.objects.filter(trial=version.trial))
        self.user = User.objects.get_or_create(username="benchmark")[0]
        self.rows: dict[type[models.Model], list[Any]] = defaultdict(list)
        self.last_key: dict[type[models.Model], int] = defaultdict(int)

    def flush(self) -> None:
        for model in self.ORDER:
            model._default_manager.bulk_create(self.rows.pop(model, []), batch_size=BATCH)

    def add(self, model: type[models.Model], **values: Any) -> Any:
        self.last_key[model] += 1
        row = model(pk=self.last_key[model], **values)
        self.rows[model].append(row)
        return row

    def record(self, model: type[models.Model], patient: Patient, **values: Any) -> Any:
        person = {"created_by": self.user, "updated_by": self.user, "completed_by": self.user}
        return self.add(
            model,
            patient=patient,
            state="complete",
            completed_at=timezone.now(),
            **person,
            **values,
        )

    def visit(self, patient: Patient, key: str, day: date) -> Visit:
        return self.add(
            Visit,
            patient=patient,
            key=key,
            label_en=key,
            label_zh=key,
            track="follow-up",
            position=self.last_key[Visit] % 1000,
            target_date=day,
            window_opens=day,
            window_closes=day,
            outcome=Visit.Outcome.TOOK_PLACE,
            actual_date=day,
        )

    def days(self, start: date, end: date, offsets: tuple[int, ...]) -> Iterator[tuple[int, date]]:
        for number, offset in enumerate(offsets):
            day = start + timedelta(days=offset)
            if day <= end:
                yield number, day

    def add_patient(self, number: int) -> None:
        chance, site = self.chance, self.sites[number % len(self.sites)]
        span = (self.last_day - self.first_day).days
        start = self.first_day + timedelta(days=chance.randrange(span))
        is_eligible = chance.random() > 0.15
        patient = self.add(
            Patient,
            trial=self.version.trial,
            site=site,
            version=self.version,
            screening_number=f"S-{number:06d}",
            number=issue("A", site.code, number + 1) if is_eligible else None,
            sex=chance.choice("FM"),
            born_on=PartialDate("1960"),
            screened_on=start - timedelta(days=10),
            is_eligible=is_eligible,
            ineligible_because="" if is_eligible else "I02, E01",
            enrolled_on=start if is_eligible else None,
        )
        if is_eligible:
            lived = start + timedelta(days=int(chance.expovariate(1 / 400)) + 20)
            self._treat(patient, start, min(lived, self.last_day))
            self._scan(patient, start, min(lived, self.last_day))
            self._follow(patient, start, lived)

    def _treat(self, patient: Patient, start: date, end: date) -> None:
        for number, day in self.days(start, end, COURSE_DAYS):
            visit = self.visit(patient, f"C{number + 1}D1", day)
            course = self.record(CapsuleCourse, patient, visit=visit, started_on=day)
            for row in range(1, 11):
                self.add(DailyDose, record=course, row_number=row, day=row, capsules_taken=6)
        for number, day in self.days(start, end, LABORATORY_DAYS):
            visit = self.visit(patient, f"L{number}", day)
            self.record(Laboratory, patient, visit=visit, sampled_on=day)

    def _scan(self, patient: Patient, start: date, end: date) -> None:
        chance = self.chance
        sizes = [float(chance.randint(150, 900)) / 10 for _ in range(chance.randint(1, 4))]
        lesions = [
            self.record(
                Lesion,
                patient,
                row_number=number,
                number=number,
                kind="target" if number <= len(sizes) else "non-target",
                organ="liver",
                is_node="N",
            )
            for number in range(1, len(sizes) + 2)
        ]
        trend = chance.gauss(0.98, 0.12)
        for number, day in self.days(start, end, (-7, *SCAN_DAYS)):
            scan = self.record(
                TumorAssessment,
                patient,
                visit=self.visit(patient, f"T{number}", day),
                scanned_on=day,
                is_baseline="N" if number else "Y",
                new_lesion="none" if number else "",
            )
            for row, (lesion, size) in enumerate(zip(lesions, [*sizes, None], strict=True), 1):
                mm = None if size is None else round(size * trend**number, 1)
                self.add(
                    LesionMeasurement,
                    record=scan,
                    row_number=row,
                    lesion=lesion,
                    status="present" if mm is None else "measured",
                    diameter_mm=mm,
                    viable_mm=None if mm is None else round(mm * 0.8, 1),
                )

    def _follow(self, patient: Patient, start: date, lived: date) -> None:
        chance, end = self.chance, min(lived, self.last_day)
        for number, day in self.days(start, end, SURVIVAL_DAYS):
            visit = self.visit(patient, f"S{number}", day)
            self.record(SurvivalStatus, patient, visit=visit, status="alive", status_on=day)
        for row in range(1, chance.randint(0, 6)):
            onset = start + timedelta(days=chance.randrange(100))
            self.record(
                AdverseEvent,
                patient,
                row_number=row,
                term=chance.choice(TERMS),
                grade=chance.choice((1, 1, 1, 2, 2, 3, 4)),
                started_on=PartialDate(onset.isoformat()[: chance.choice((7, 10, 10))]),
                is_serious=chance.choice("NNNY"),
                related_to_capsules=chance.choice(("unrelated", "possible")),
            )
        if lived <= self.last_day:
            died_on = PartialDate(lived.isoformat()[: chance.choice((7, 10, 10, 10))])
            self.record(Death, patient, died_on=died_on, cause="progression")
            self.record(
                EndOfTreatment, patient, last_dose_on=start, ended_on=end, reason="progression"
            )
            self.record(EndOfStudy, patient, ended_on=end, reason="death")
