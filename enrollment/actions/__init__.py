"""Every write to patients, visits and forms."""

from enrollment.actions.patients import enroll_patient, record_consent, screen_patient
from enrollment.actions.randomization import randomize_patient
from enrollment.actions.records import save_record
from enrollment.actions.schedule import register_ending, reschedule
from enrollment.actions.versions import load_definition
from enrollment.actions.visits import (
    add_unscheduled_visit,
    mark_visit_missed,
    record_visit_date,
)

__all__ = [
    "add_unscheduled_visit",
    "enroll_patient",
    "load_definition",
    "mark_visit_missed",
    "randomize_patient",
    "record_consent",
    "record_visit_date",
    "register_ending",
    "reschedule",
    "save_record",
    "screen_patient",
]
