"""People, a small trial and its patients, made by the same actions that the pages call."""

import json
import re
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from django.utils import timezone

from core.actions.people import grant_role
from core.actions.tokens import create_token
from core.calc.partial_date import PartialDate
from core.models import Site, User
from enrollment import registry
from enrollment.actions import (
    enroll_patient,
    load_definition,
    record_consent,
    record_visit_date,
    save_record,
    screen_patient,
)
from enrollment.models import Visit
from enrollment.queries.trials import current_version

SMALL_TRIAL = Path(__file__).parent / "data" / "small-trial.toml"
DRUGS = SMALL_TRIAL.with_name("background.toml")
ENROLLED_ON = date(2026, 1, 5)
LATER = date(2026, 7, 1)
"""The day on which things are entered, after all that happens."""

_numbers = count(1)


def make_user(username="", **values):
    """Somebody without a role."""
    name = username or f"person-{next(_numbers)}"
    return User.objects.create_user(name, full_name=values.pop("full_name", name.title()), **values)


def make_trial(slug="small", *, is_blinded=False, with_drugs=False, **changes):
    """The trial of `tests/data/small-trial.toml`, with sites 01 and 02, under the given name.

    `with_drugs` gives it the regimen of `background.toml`; `changes` are values of the file's
    keys, such as `day_one_gate=False`.
    """
    source = SMALL_TRIAL.read_text(encoding="utf-8") + with_drugs * DRUGS.read_text("utf-8")
    for key, value in ({"slug": slug} | changes).items():
        # JSON writes texts, numbers, true and false as TOML does.
        line = f"{key} = {json.dumps(value)}"
        source = re.sub(rf"^{key} = .*$", line, source, count=1, flags=re.MULTILINE)
    trial = load_definition(source, by=None).version.trial
    if is_blinded:
        trial.is_blinded = True
        trial.save()
    return trial


def make_member(trial, role, *, site="", username=""):
    """A new person with the role, at the site of this code or at all sites."""
    user = make_user(username)
    at = Site.objects.get(trial=trial, code=site) if site else None
    grant_role(user, role, by=None, trial=trial, site=at)
    return user


def make_screened_patient(trial, *, site="01", by=None, failing=(), screened_on=None):
    """Answers every criterion as it should be, but for those that `failing` names."""
    version = current_version(trial)
    criteria = version.definition.criteria
    wanted = {item.id: "Y" if item.kind == "inclusion" else "N" for item in criteria}
    turned = {"Y": "N", "N": "Y"}
    return screen_patient(
        by=by or make_member(trial, "coordinator"),
        site=Site.objects.get(trial=trial, code=site),
        version=version,
        sex="F",
        born_on=PartialDate("1960-05"),
        screened_on=screened_on or ENROLLED_ON - timedelta(days=14),
        regimen=regimens[0].id if (regimens := version.definition.regimens) else "",
        answers=wanted | {key: turned[wanted[key]] for key in failing},
    )


def make_enrolled_patient(trial, *, site="01", by=None, on=ENROLLED_ON):
    """Screened, consented and enrolled, with the schedule laid out."""
    by = by or make_member(trial, "coordinator")
    patient = make_screened_patient(trial, site=site, by=by, screened_on=on - timedelta(days=14))
    signed_on = on - timedelta(days=15)
    consent = current_version(trial).definition.consents[0].version
    record_consent(patient, by=by, version=consent, signed_on=signed_on, today=LATER)
    return enroll_patient(patient, by=by, on=on)


def open_visit(patient, *, key="", by=None, on=None):
    """The visit of this key, or the first one, as having taken place on the day planned."""
    visits = Visit.objects.filter(patient=patient).order_by("position")
    visit = visits.get(key=key) if key else visits.first()
    by = by or make_member(patient.trial, "coordinator")
    return record_visit_date(visit, by=by, on=on or visit.target_date, today=LATER)


def save_form(slug, owner, *, by=None, rows=(), complete=True, **values):
    """A filled form of a visit, or of a patient where the form belongs to no visit."""
    spec = registry.get(slug)
    is_visit = isinstance(owner, Visit)
    place = {"patient": owner.patient, "visit": owner} if is_visit else {"patient": owner}
    by = by or make_member(place["patient"].trial, "coordinator")
    return save_record(spec, spec.model(**place, **values), by=by, rows=rows, complete=complete)


def make_token(user, trial, *, days=30, name="script"):
    """The secret of a new token."""
    issued = create_token(by=user, user=user, trial=trial, name=name, days=days, now=timezone.now())
    return issued.secret
