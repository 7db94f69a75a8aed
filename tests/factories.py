"""People, a small trial and its patients, made by the same actions that the pages call."""

import json
import re
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.actions.people import grant_role
from core.actions.sites import open_site
from core.actions.tokens import create_token
from core.calc.partial_date import PartialDate
from core.models import Site, User
from core.policies.sites import is_open
from enrollment import registry
from enrollment.actions import (
    enroll_patient,
    load_definition,
    record_consent,
    record_visit_date,
    save_record,
    screen_patient,
)
from enrollment.actions.attachments import attach_file
from enrollment.actions.randomization_lists import activate_list, make_list
from enrollment.models import QualityFinding, Visit
from enrollment.queries.spots import place_of
from enrollment.queries.trials import current_version
from oversight.actions import raise_query

SMALL_TRIAL = Path(__file__).parent / "data" / "small-trial.toml"
OWN_FORMS = SMALL_TRIAL.with_name("own-forms.toml")
DRUGS = SMALL_TRIAL.with_name("background.toml")
ARMS = SMALL_TRIAL.with_name("randomized.toml")
SEED = "00112233445566778899aabbccddeeff"
APPROVED_ON = date(2025, 11, 3)
ENROLLED_ON = date(2026, 1, 5)
PDF = b"%PDF-1.7\n% nothing\n"
LATER = date(2026, 7, 1)
"""The day on which things are entered, after all that happens."""

_numbers = count(1)


def make_user(username="", **values):
    """Somebody without a role."""
    name = username or f"person-{next(_numbers)}"
    return User.objects.create_user(name, full_name=values.pop("full_name", name.title()), **values)


def make_trial(slug="small", *, is_blinded=False, with_drugs=False, with_forms=False, **changes):
    """The trial of `tests/data/small-trial.toml`, with sites 01 and 02, under the given name.

    `with_drugs` gives it the regimen of `background.toml`, `with_forms` the forms of
    `own-forms.toml`; `changes` are values of the file's
    keys, such as `day_one_gate=False`.
    """
    source = SMALL_TRIAL.read_text(encoding="utf-8") + with_drugs * DRUGS.read_text("utf-8")
    if with_forms:
        source = with_own_forms(source)
    for key, value in ({"slug": slug} | changes).items():
        # JSON writes texts, numbers, true and false as TOML does.
        line = f"{key} = {json.dumps(value)}"
        source = re.sub(rf"^{key} = .*$", line, source, count=1, flags=re.MULTILINE)
    trial = load_open(source).trial
    if is_blinded:
        trial.is_blinded = True
        trial.save()
    return trial


def with_own_forms(source, forms=None):
    """The definition with forms of its own; its first day of a course asks for `organ-scan`."""
    asked = '"capsule-course"]'
    assert asked in source
    added = OWN_FORMS.read_text("utf-8") if forms is None else forms
    return source.replace(asked, '"capsule-course", "organ-scan"]') + added


def load_open(source):
    """The version of this definition; its sites are open for entry."""
    version = load_definition(source, by=None).version
    for site in Site.objects.filter(trial=version.trial):
        if not is_open(site):
            make_opening(site)
    return version


def make_opening(site, *, by=None):
    approval = {"approved_on": APPROVED_ON, "approval": "Ethics committee 2025-014"}
    return open_site(site, by=by, now=timezone.now(), today=LATER, **approval)


def make_randomized_trial(slug="small", *, per_stratum=20, **changes):
    """The small trial, double blind with the arms of `randomized.toml`; its list is active."""
    source = randomized_source(slug, **changes)
    trial = load_open(source).trial
    if per_stratum:
        by = make_member(trial, "unblinded-pharmacist")
        activate_list(make_list(trial, by=by, per_stratum=per_stratum, seed=SEED), by=by)
    return trial


def randomized_source(slug="small", *, blinding="double", block_sizes="[2, 4]"):
    source = SMALL_TRIAL.read_text("utf-8") + ARMS.read_text("utf-8")
    blinded_name = 'blinded_name = { en = "Study capsules", zh_hans = "研究用胶囊" }'
    for old, new in (
        ('slug = "small"', f'slug = "{slug}"'),
        ('blinding = "open"', f'blinding = "{blinding}"'),
        ("capsules_per_day = 6", f"{blinded_name}\ncapsules_per_day = 6"),
        ("block_sizes = [2, 4]", f"block_sizes = {block_sizes}"),
    ):
        source = source.replace(old, new, 1)
    return source


def make_ready_patient(trial, *, ecog="0", site="01", by=None, on=ENROLLED_ON):
    """Enrolled, with what the strata ask for."""
    by = by or make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, site=site, by=by, on=on)
    visit = open_visit(patient, by=by, on=on)
    save_form("vital-signs", visit, by=by, ecog=ecog)
    return patient


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
    visit, _moves = record_visit_date(visit, by=by, on=on or visit.target_date, today=LATER)
    return visit


def save_form(slug, owner, *, by=None, rows=(), complete=True, **values):
    """A filled form of a visit, or of a patient where the form belongs to no visit."""
    spec = registry.get(slug)
    is_visit = isinstance(owner, Visit)
    place = {"patient": owner.patient, "visit": owner} if is_visit else {"patient": owner}
    by = by or make_member(place["patient"].trial, "coordinator")
    return save_record(spec, spec.model(**place, **values), by=by, rows=rows, complete=complete)


def save_central(slug, owner, *, by=None, rows=(), complete=True, **values):
    """The same for a central reader's form."""
    spec = next(spec for spec in registry.independent_specs() if spec.slug == slug)
    is_visit = isinstance(owner, Visit)
    place = {"patient": owner.patient, "visit": owner} if is_visit else {"patient": owner}
    by = by or make_member(place["patient"].trial, "central-reader")
    return save_record(spec, spec.model(**place, **values), by=by, rows=rows, complete=complete)


def make_query(record, *, field="", by=None, question="Is this right?", **values):
    """A monitor's question about a field of a saved form, or about the form as a whole."""
    spec = registry.spec_of(type(record))
    by = by or make_member(record.patient.trial, "monitor")
    return raise_query(place_of(spec, record, field=field), by=by, question=question, **values)


def make_attachment(patient, *, by=None, name="report.pdf", content=PDF, **values):
    """A file beside the forms of the patient; its content lies in the folder of records."""
    by = by or make_member(patient.trial, "coordinator")
    upload = SimpleUploadedFile(name, content)
    return attach_file(patient, upload, by=by, **{"kind": "scan"} | values)


def make_key(user):
    """A registered security key, with nothing behind it."""
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "key"})


def make_session(user, *, key="k" * 32):
    """Somebody signed in, in a browser that is elsewhere."""
    later = timezone.now() + timedelta(hours=1)
    Session.objects.create(session_key=key, session_data="", expire_date=later)
    return UserSession.objects.create(user=user, ip="192.0.2.7", session_key=key)


def make_serious_event(patient, *, by=None, **changes):
    """A row of the log of adverse events that is marked as serious."""
    usual = {
        "term": "Diarrhea",
        "grade": 3,
        "started_on": PartialDate("2026-02-01"),
        "is_ongoing": "Y",
        "is_serious": "Y",
        "related_to_capsules": "possible",
        "related_to_background": "probable",
        "action_taken": "interrupted",
        "outcome": "not-recovered",
    }
    return save_form("adverse-events", patient, by=by, **usual | changes)


def complete_report(report, *, by, **changes):
    """Fills what a draft report of a serious event lacks, and completes it."""
    usual = {
        "aware_at": report.aware_at or timezone.now(),
        **dict.fromkeys(report.CRITERIA, "N"),
        "is_hospitalization": "Y",
        "admitted_on": date(2026, 2, 1),
        "description": "Watery stools, fluids by vein.",
        "expectedness": "expected",
        "is_final": "N",
    }
    for name, value in (usual | changes).items():
        setattr(report, name, value)
    spec = registry.get("serious-events")
    return save_record(spec, report, by=by, complete=True, expected_revision=report.revision)


def make_finding(record, *, field="", code="DQ-001", **details):
    """As a run of the data-quality checks stores it."""
    [spec] = [spec for spec in registry.all_specs() if spec.model is type(record)]
    place = place_of(spec, record, field=field)
    return QualityFinding.objects.create(
        check_code=code, details=details, since=timezone.now(), **place.columns
    )


def make_token(user, trial, *, days=30, name="script", tables=(), unblinded_for=""):
    """The secret of a new token."""
    made = {"name": name, "days": days, "tables": tables, "now": timezone.now()}
    made |= {"is_unblinded": bool(unblinded_for), "reason": unblinded_for}
    return create_token(by=user, user=user, trial=trial, **made).secret
