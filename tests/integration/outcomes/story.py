"""Patients with a history told in a few lines; days count from the patient's first dose."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from core.calc.partial_date import PartialDate
from core.models import Site, User
from dosing.models import CapsuleCourse, DailyDose
from enrollment.actions import load_definition
from enrollment.models import Patient, Visit
from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import complete_run
from outcomes.models import (
    AdverseEvent,
    CentralAssessment,
    CentralLesion,
    CentralMeasurement,
    Death,
    Lesion,
    LesionMeasurement,
    Snapshot,
    SurvivalStatus,
    TumorAssessment,
)


def load_trial(reader=""):
    """The single-arm trial: confirmed responses, SD from day 35, first dose as reference; with a
    reader as the newest version of it."""
    file = Path(settings.BASE_DIR) / "enrollment" / "definitions" / "hcc-single-arm.toml"
    start = 'reference_date = "first_dose"'
    source = file.read_text(encoding="utf-8")
    if reader:
        source = source.replace(start, f'{start}\nreader = "{reader}"')
    return load_definition(source, by=None).version


class Story:
    """One enrolled patient; methods return the story, so that they chain."""

    def __init__(self, version, number, *, day_one=date(2026, 1, 1), site="01", dosed=True):
        self.user, _ = User.objects.get_or_create(username="teller")
        self.day_one = day_one
        self.count = 0
        self.patient = Patient.objects.create(
            trial=version.trial,
            site=Site.objects.get(trial=version.trial, code=site),
            version=version,
            screening_number=f"S-{number}",
            number=number,
            sex="F",
            born_on=PartialDate("1960"),
            screened_on=day_one - timedelta(days=14),
            is_eligible=True,
            enrolled_on=day_one - timedelta(days=1),
        )
        if dosed:
            self.dose()

    def on(self, day):
        return self.day_one + timedelta(days=day)

    def record(self, model, *, complete=True, **values):
        who = {"created_by": self.user, "updated_by": self.user}
        if complete:
            done = {"completed_at": timezone.now(), "completed_by": self.user}
            who |= {"state": "complete"} | done
        return model.objects.create(patient=self.patient, **who, **values)

    def visit(self, day):
        self.count += 1
        return Visit.objects.create(
            patient=self.patient,
            key=f"V{self.count}",
            label_en="",
            label_zh="",
            track="follow-up",
            position=self.count,
            target_date=self.on(day),
            window_opens=self.on(day),
            window_closes=self.on(day),
            outcome=Visit.Outcome.TOOK_PLACE,
            actual_date=self.on(day),
        )

    def dose(self, day=0):
        course = self.record(CapsuleCourse, visit=self.visit(day), started_on=self.on(day))
        DailyDose.objects.create(record=course, row_number=1, day=1, capsules_taken=6)
        return self

    def scan(self, day, mm, *, status="measured", complete=True, **values):
        """One target lesion; a day below 0 is the baseline."""
        lesion = Lesion.objects.filter(patient=self.patient).first() or self.record(
            Lesion, row_number=1, number=1, kind="target", organ="liver", is_node="N"
        )
        scan = self.record(
            TumorAssessment,
            complete=complete,
            visit=self.visit(day),
            scanned_on=self.on(day),
            is_baseline="Y" if day < 0 else "N",
            **{"new_lesion": "" if day < 0 else "none"} | values,
        )
        LesionMeasurement.objects.create(
            record=scan, row_number=1, lesion=lesion, status=status, diameter_mm=mm
        )
        return self

    def new_lesion(self, day, *, unequivocal):
        """A new lesion in a scan that is already told."""
        scan = TumorAssessment.objects.get(patient=self.patient, scanned_on=self.on(day))
        lesion = self.record(
            Lesion,
            row_number=2,
            number=2,
            kind="new",
            organ="lung",
            is_node="N",
            is_unequivocal=unequivocal,
        )
        LesionMeasurement.objects.create(record=scan, row_number=2, lesion=lesion, status="present")
        return self

    def seen_alive(self, day):
        self.record(SurvivalStatus, visit=self.visit(day), status="alive", status_on=self.on(day))
        return self

    def death(self, day):
        died_on = PartialDate(self.on(day).isoformat())
        self.record(Death, died_on=died_on, cause="progression")
        return self

    def adverse_event(self, term, grade, *, row=1, day=5, **values):
        defaults = {"is_serious": "N", "related_to_capsules": "unrelated"}
        onset = PartialDate(self.on(day).isoformat())
        self.record(
            AdverseEvent,
            row_number=row,
            term=term,
            grade=grade,
            started_on=onset,
            **defaults | values,
        )
        return self


def second_opinion(story, sizes, *, kind="target"):
    """The central reader's diameters of the scans already told, in the order of time."""
    lesion = story.record(
        CentralLesion, row_number=1, number=1, kind=kind, organ="liver", is_node="N"
    )
    scans = TumorAssessment.objects.filter(patient=story.patient).order_by("scanned_on")
    for scan, mm in zip(scans, sizes, strict=False):
        record = story.record(
            CentralAssessment,
            visit=scan.visit,
            scanned_on=scan.scanned_on,
            is_baseline=scan.is_baseline,
            new_lesion=scan.new_lesion,
        )
        CentralMeasurement.objects.create(
            record=record, row_number=1, lesion=lesion, status="measured", diameter_mm=mm
        )
    return story


def night_of(trial, *, cut=date(2026, 6, 30)):
    complete_run(queue_run(trial, by=None, cut_on=cut).pk)
    return Snapshot.objects.current(trial)


def rows(snapshot, name):
    return list(csv.DictReader(io.StringIO(snapshot.tables.get(name=name).content)))
