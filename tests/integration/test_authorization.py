"""Who gets which answer at every address, by role: the table says it, the test asks everybody.

A route without a row fails `test_every_route_has_a_row`. The statuses of a row are those of
people with a role in the trial; whoever has none there is told that there is nothing (404).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from core.models import AuditEntry, Membership, NoticeRecipient, Site, Trial
from core.models.membership import Role
from enrollment.models import RandomizationList
from enrollment.queries.trials import current_version
from microbiome.actions.storage import send
from microbiome.models import Analysis
from outcomes.actions.serious import start_report
from outcomes.models import NormalLimits
from oversight.models import Lock
from reports.actions.casebooks import request_casebook
from reports.actions.redactions import propose_redaction
from tests.factories import (
    make_attachment,
    make_enrolled_patient,
    make_finding,
    make_key,
    make_member,
    make_query,
    make_serious_event,
    make_session,
    make_token,
    make_trial,
    make_user,
    open_visit,
    save_form,
)
from tests.factories_kits import make_kits, make_reading
from tests.factories_specimens import make_box, make_feature_table, make_laboratory, make_tube

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVERYBODY = frozenset(Role.values)
ENTRY = frozenset({"coordinator", "investigator"})
PATIENTS = ENTRY | {"monitor", "dispenser", "unblinded-pharmacist", "data-manager"}
DASHBOARD = ENTRY | {"monitor", "statistician", "data-manager"}
BY_ARM = DASHBOARD | {"unblinded-pharmacist", "unblinded-statistician"}
NIGHT = frozenset({"investigator", "statistician", "data-manager"})
ASK = frozenset({"investigator", "monitor", "data-manager"})
TALK = ENTRY | ASK
QUALITY = frozenset({"monitor", "data-manager"})
SIGN = frozenset({"investigator"})
VERIFY = frozenset({"monitor"})
FREEZE = frozenset({"monitor", "data-manager"})
REVIEW = frozenset({"monitor", "data-manager"})
ADMINISTRATOR = frozenset({"administrator"})
EXPORT = frozenset({"statistician", "unblinded-statistician", "data-manager"})
INVESTIGATOR = frozenset({"investigator"})
PHARMACIST = frozenset({"unblinded-pharmacist"})
DATA_MANAGER = frozenset({"data-manager"})
OPEN_SITES = frozenset({"data-manager", "administrator"})
CENTRAL = frozenset({"central-reader"})
ADJUDICATOR = frozenset({"adjudicator"})
REGISTER = frozenset({"monitor", "data-manager", "administrator"})

SIGN_IN, UNAUTHORIZED = 302, 401
# These lead elsewhere, or to the sign-in without a way back.
LEAD_ELSEWHERE = ("account_logout", "mfa_authenticate", "set_language", "admin:index")


@dataclass(frozen=True)
class Row:
    route: str
    arguments: tuple[str, ...] = ()
    """Names of what `addresses` holds, or texts of the address as they are."""
    who: frozenset[str] = EVERYBODY
    answer: int = 200
    method: str = "get"
    stranger: int = 404
    """The answer to somebody with a role in another trial only."""
    anonymous: int = SIGN_IN
    of_patient: bool = False
    """Behind it is a patient: somebody of another site finds nothing."""


def of_patient(route, *arguments, app="enrollment", **values):
    return Row(f"{app}:{route}", arguments, of_patient=True, **{"who": PATIENTS} | values)


def of_event(route, *arguments, **values):
    return of_patient(route, *arguments, **values | {"app": "outcomes"})


def sent(route, *arguments, **values):
    """An empty form."""
    return of_patient(route, *arguments, **{"who": ENTRY, "answer": 422, "method": "post"} | values)


def of_casebook(route, *arguments, **values):
    return Row(f"reports:{route}", arguments, ASK, of_patient=True, **values)


def of_trial(route, who=EVERYBODY, **values):
    return Row(route, ("small",), who, **values)


def of_person(route, **values):
    return Row(f"core:{route}", ("small", "person"), ADMINISTRATOR, **values)


def personal(route, *arguments, **values):
    """Of the person, whatever the roles are."""
    return Row(route, arguments, **{"stranger": values.get("answer", 200)} | values)


def api(route, *arguments, who=EVERYBODY, **values):
    return Row(f"api:{route}", arguments, who, anonymous=UNAUTHORIZED, **values)


TABLE = [
    personal("enrollment:home"),
    of_trial("enrollment:patient-list", PATIENTS),
    of_trial("enrollment:screening-list", PATIENTS),
    of_trial("enrollment:patient-screen", ENTRY),
    of_trial("enrollment:patient-screen", ENTRY, method="post", answer=422),
    of_trial("enrollment:definition-detail"),
    of_patient("patient-detail", "patient"),
    sent("consent-record", "patient"),
    sent("patient-enroll", "patient"),
    of_patient("patient-randomize", "patient", who=ENTRY),
    sent("patient-randomize", "patient"),
    of_patient("patient-unblind", "patient", who=INVESTIGATOR),
    sent("patient-unblind", "patient", who=INVESTIGATOR),
    # The trial is open: its arm is no secret.
    of_patient("patient-arm", "patient", who=PATIENTS | EXPORT, method="post"),
    of_trial("enrollment:randomization-detail", PATIENTS),
    of_trial("enrollment:randomization-make", PHARMACIST, method="post", answer=422),
    of_trial("enrollment:randomization-upload", PHARMACIST, method="post", answer=422),
    Row("enrollment:randomization-read", ("list",), PHARMACIST, method="post"),
    Row("enrollment:randomization-csv", ("list",), PHARMACIST, method="post"),
    Row("enrollment:randomization-extend", ("list",), PHARMACIST, method="post", answer=422),
    Row("enrollment:randomization-activate", ("list",), PHARMACIST, method="post", answer=422),
    of_trial("enrollment:unblinding-list", REGISTER),
    of_trial("enrollment:unblinding-csv", REGISTER),
    of_trial("enrollment:trial-unblind", DATA_MANAGER),
    of_trial("enrollment:trial-unblind", DATA_MANAGER, method="post", answer=422),
    of_trial("enrollment:unblinding-record", REGISTER | INVESTIGATOR),
    of_trial("enrollment:unblinding-record", REGISTER | INVESTIGATOR, method="post", answer=422),
    of_patient("patient-form", "patient", "death"),
    sent("patient-form", "patient", "death"),
    of_patient("log-list", "patient", "lesions"),
    of_patient("log-new", "patient", "lesions"),
    sent("log-new", "patient", "lesions"),
    of_patient("log-form", "patient", "lesions", "lesion"),
    sent("log-form", "patient", "lesions", "lesion"),
    of_patient("visit-detail", "visit"),
    of_patient("attachment-list", "patient"),
    sent("attachment-list", "patient"),
    of_patient("attachment-file", "attachment"),
    sent("attachment-withdraw", "attachment"),
    of_patient("visit-new", "patient", who=ENTRY),
    sent("visit-new", "patient"),
    sent("visit-open", "visit"),
    sent("visit-miss", "visit"),
    of_patient("visit-blank", "visit"),
    of_patient("visit-form", "visit", "vital-signs"),
    sent("visit-form", "visit", "vital-signs"),
    # Nothing stands below this form; tests/integration/outcomes/test_tumor_pages.py asks for one.
    sent("form-addition", "visit", "vital-signs", answer=404),
    sent("visit-form-computed", "visit", "vital-signs", answer=200),
    sent("form-notes", "visit", "laboratory", answer=200),
    of_trial("enrollment:quality-list", QUALITY),
    of_trial("enrollment:quality-csv", QUALITY),
    of_trial("enrollment:quality-catalog", QUALITY),
    of_trial("enrollment:quality-status", QUALITY),
    of_trial("enrollment:quality-run", QUALITY, method="post", answer=302),
    sent("finding-ask", "finding", who=QUALITY, answer=302),
    of_trial("enrollment:query-list", PATIENTS),
    of_trial("enrollment:query-csv", PATIENTS),
    of_patient("field-detail", "patient", "lesions", "lesion"),
    sent("query-raise", "patient", "lesions", "lesion", who=ASK),
    sent("comment-add", "patient", "lesions", "lesion", who=TALK),
    sent("query-respond", "query", who=TALK),
    sent("query-assign", "query", who=ASK, answer=302),
    of_patient("patient-sign", "patient", who=SIGN),
    sent("patient-sign", "patient", who=SIGN, answer=200),
    of_trial("enrollment:signature-inbox", SIGN),
    of_patient("record-print", "patient", "lesions", "lesion"),
    of_trial("enrollment:life-cycle"),
    of_patient("patient-lock", "patient", who=FREEZE),
    sent("patient-lock", "patient", who=FREEZE),
    of_trial("enrollment:lock-list", FREEZE),
    # Of the whole trial, which nobody of one site may freeze.
    of_trial("enrollment:trial-lock", frozenset()),
    of_trial("enrollment:trial-lock", frozenset(), method="post"),
    of_patient("lock-lift", "freeze", who=FREEZE),
    sent("lock-lift", "freeze", who=FREEZE),
    of_trial("enrollment:verification-board", FREEZE),
    of_patient("record-verify", "patient", "lesions", "lesion", who=VERIFY),
    # Nobody saw this revision.
    sent("record-verify", "patient", "lesions", "lesion", who=VERIFY),
    sent("consent-verify", "patient", "consent", who=VERIFY, answer=302),
    of_patient("screening-verify", "patient", who=VERIFY),
    sent("screening-verify", "patient", who=VERIFY, answer=302),
    of_trial("enrollment:batch-sign", SIGN, method="post", answer=302),
    of_trial("enrollment:deviation-list", PATIENTS),
    of_trial("enrollment:deviation-csv", PATIENTS),
    # The visit took place as planned: nothing is recorded.
    sent("visit-deviation", "visit", answer=302),
    of_trial("outcomes:laboratory-import", ENTRY),
    of_trial("outcomes:laboratory-import", ENTRY, method="post", answer=422),
    of_trial("outcomes:limits-list", PATIENTS),
    of_trial("outcomes:limits-list", DATA_MANAGER, method="post", answer=422),
    of_trial("outcomes:limits-upload", DATA_MANAGER, method="post", answer=422),
    of_trial("outcomes:limits-csv", PATIENTS),
    of_event("limits-change", "limits", who=DATA_MANAGER),
    of_event("limits-change", "limits", who=DATA_MANAGER, method="post", answer=422),
    of_trial("outcomes:serious-list", PATIENTS),
    of_trial("outcomes:serious-csv", PATIENTS),
    of_event("tumor-detail", "patient"),
    of_trial("outcomes:reading-list", CENTRAL),
    of_event("reading-form", "visit", who=CENTRAL),
    of_event("reading-form", "visit", who=CENTRAL, method="post", answer=422),
    of_event("reading-addition", "visit", who=CENTRAL, method="post"),
    # An investigator waits until the patient's scans are locked.
    of_event("reading-compare", "patient", who=REVIEW | ADJUDICATOR),
    of_event("reading-compare", "patient", who=ADJUDICATOR, method="post", answer=422),
    of_trial("outcomes:discordance-detail", REVIEW | ADJUDICATOR),
    of_event("serious-detail", "event"),
    of_event("serious-pdf", "event", "0"),
    of_event("serious-start", "event", who=ENTRY, method="post", answer=302),
    # The draft has gaps.
    of_event("serious-submit", "event", who=ENTRY, method="post", answer=422),
    of_patient("form-pdf", "patient", "lesions", "lesion", app="reports"),
    of_trial("reports:dashboard-detail", DASHBOARD),
    of_trial("reports:dashboard-efficacy", DASHBOARD),
    of_trial("reports:dashboard-safety", DASHBOARD),
    of_trial("reports:dashboard-quality-of-life", DASHBOARD),
    of_trial("reports:dashboard-flow", DASHBOARD),
    of_trial("reports:toxicity-board", DASHBOARD),
    Row("reports:toxicity-csv", ("small", "patients"), DASHBOARD),
    Row("reports:toxicity-csv", ("small", "decisions"), DASHBOARD),
    *(
        Row("reports:toxicity-judge", ("small", "event"), INVESTIGATOR, of_patient=True, **values)
        for values in ({}, {"method": "post", "answer": 422})
    ),
    # Of the whole trial: nobody of one site decides.
    Row("reports:cohort-decide", ("small", "first"), frozenset()),
    Row("reports:cohort-decide", ("small", "first"), frozenset(), method="post"),
    # There is no cut yet, so that no number has patients behind it.
    of_trial("reports:dashboard-patients", DASHBOARD, answer=404),
    # The trial has one arm.
    of_trial("reports:dashboard-arms", BY_ARM, answer=404),
    of_trial("reports:arms-patients", BY_ARM, answer=404),
    Row("reports:arms-figure-data", ("small", "os-by-arm"), BY_ARM, answer=404),
    of_trial("reports:run-status", BY_ARM),
    of_trial("reports:run-request", NIGHT, method="post", answer=302),
    # There is no cut yet; whoever may not see the dashboard is told so first.
    Row("reports:figure-data", ("small", "os"), DASHBOARD, answer=404),
    of_trial("reports:export-list", EXPORT),
    of_trial("reports:export-new", EXPORT),
    of_trial("reports:export-new", EXPORT, method="post", answer=422),
    of_trial("reports:export-register", EXPORT),
    Row("reports:codebook-detail", ("small", "visits"), EXPORT),
    personal("reports:export-detail", "export", answer=404),
    personal("reports:export-file", "export", answer=404, method="post"),
    of_casebook("patient-casebook", "patient"),
    of_casebook("patient-casebook", "patient", answer=302, method="post"),
    of_casebook("site-casebook", "site", answer=302, method="post"),
    of_trial("reports:casebook-list", ASK),
    # Each is its maker's own.
    personal("reports:casebook-detail", "export", answer=404),
    personal("reports:casebook-file", "export", "1", answer=404, method="post"),
    personal("core:session-list"),
    personal("core:session-extend", answer=204, method="post"),
    personal("core:session-end-others", answer=302, method="post"),
    # The session is somebody else's.
    personal("core:session-end", "session", answer=404, method="post"),
    of_trial("reports:audit-trail", REVIEW),
    # The entry is of a patient's record, the redaction another person's proposal about it.
    Row("reports:redaction-propose", ("small", "entry"), DATA_MANAGER, of_patient=True),
    Row("reports:redaction-confirm", ("small", "redaction"), DATA_MANAGER, of_patient=True),
    of_trial("reports:audit-review", REVIEW),
    of_trial("reports:audit-review-csv", REVIEW),
    of_trial("reports:audit-trail-csv", REVIEW),
    of_trial("reports:security-trail", REVIEW | {"administrator"}),
    of_trial("reports:security-trail-csv", REVIEW | {"administrator"}),
    Row("reports:patient-trail", ("patient",), ENTRY | REVIEW, of_patient=True),
    Row("reports:patient-trail-csv", ("patient",), ENTRY | REVIEW, of_patient=True),
    personal("core:role-matrix"),
    of_trial("core:person-list", ADMINISTRATOR),
    of_trial("core:person-invite", ADMINISTRATOR),
    of_trial("core:person-invite", ADMINISTRATOR, method="post", answer=422),
    of_trial("core:role-grant", ADMINISTRATOR),
    of_trial("core:role-grant", ADMINISTRATOR, method="post", answer=422),
    of_trial("core:training-rule", ADMINISTRATOR),
    of_trial("core:training-rule", ADMINISTRATOR, method="post", answer=422),
    of_trial("core:access-review", ADMINISTRATOR),
    of_trial("core:access-review", ADMINISTRATOR, method="post", answer=422),
    of_trial("core:access-csv", ADMINISTRATOR),
    of_trial("core:recipient-list", ADMINISTRATOR),
    of_trial("core:recipient-list", ADMINISTRATOR, method="post", answer=422),
    Row("core:recipient-remove", ("small", "recipient"), ADMINISTRATOR),
    Row("core:recipient-remove", ("small", "recipient"), ADMINISTRATOR, method="post", answer=422),
    of_trial("core:site-list", OPEN_SITES),
    *(
        Row(f"core:site-{verb}", ("small", "01"), OPEN_SITES, of_patient=True, **values)
        for verb in ("open", "close")
        for values in ({}, {"method": "post", "answer": 422})
    ),
    of_person("person-detail"),
    *(
        of_person(f"person-{change}", **values)
        for change in ("deactivate", "reactivate", "unlock", "reset-factor", "letter")
        for values in ({}, {"method": "post", "answer": 422})
    ),
    of_person("training-record"),
    of_person("training-record", method="post", answer=422),
    Row("core:role-revoke", ("small", "membership"), ADMINISTRATOR),
    Row("core:role-revoke", ("small", "membership"), ADMINISTRATOR, method="post", answer=422),
    personal("core:token-list"),
    personal("core:token-create"),
    personal("core:token-create", method="post", answer=422),
    # The token is somebody else's.
    personal("core:token-revoke", "token", answer=404),
    personal("core:token-revoke", "token", answer=404, method="post"),
    api("root", stranger=200),
    api("openapi-json", stranger=200),
    api("openapi-yaml", stranger=200),
    api("schema", stranger=200),
    api("trial-list", stranger=200),
    api("trial-detail", "small"),
    api("codebook", "small", who=EXPORT),
    api("codebook-csv", "small", who=EXPORT),
    api("data-dictionary-csv", "small", who=EXPORT),
    api("odm", "small", who=EXPORT),
    api("table-list", "small", who=EXPORT),
    api("table-detail", "small", "visits", who=EXPORT),
    api("table-csv", "small", "visits", who=EXPORT),
    # It knows no session: without a token in the form it is nobody's.
    personal("redcap:endpoint", method="post", answer=403, anonymous=403),
    personal("redcap:endpoint-api", method="post", answer=403, anonymous=403),
    of_trial("trial-open", answer=302),
    personal("account_login", answer=302, anonymous=200),
    personal("account_logout", method="post", answer=302),
    # These people have neither a password nor a second factor to confirm with.
    personal("account_reauthenticate", answer=403),
    # The link is no link.
    personal("account_activate", "MQ", "no-token", anonymous=200),
    personal("mfa_index"),
    personal("mfa_authenticate", answer=302),
    personal("mfa_reauthenticate", answer=403),
    personal("mfa_activate_totp"),
    personal("mfa_deactivate_totp", answer=404),
    personal("mfa_view_recovery_codes", answer=404),
    personal("mfa_generate_recovery_codes"),
    personal("mfa_download_recovery_codes", answer=404),
    personal("mfa_list_webauthn"),
    personal("mfa_add_webauthn"),
    personal("mfa_reauthenticate_webauthn", answer=403),
    # The key is somebody else's.
    personal("mfa_remove_webauthn", "key", answer=404),
    personal("mfa_remove_webauthn", "key", answer=404, method="post"),
    personal("mfa_edit_webauthn", "key", answer=404),
    personal("mfa_edit_webauthn", "key", answer=404, method="post"),
    personal("password_change"),
    personal("password_change_done"),
    personal("admin-password"),
    personal("set_language", method="post", answer=302, anonymous=302),
    personal("healthz", anonymous=200),
    personal("readyz", anonymous=200),
    personal("styleguide"),
    # For staff only, which no role makes anybody.
    personal("admin:index", answer=302),
]  # fmt: skip

# --- Kits
KITS = frozenset({"monitor", "dispenser", "unblinded-pharmacist", "data-manager"})
DISPENSER = frozenset({"dispenser"})


def of_kit(route, *arguments, who=KITS, **values):
    return Row(f"dosing:{route}", arguments, who, of_patient=True, **values)


def moved(route, *arguments, **values):
    """The empty form of a dispenser."""
    return of_kit(route, *arguments, who=DISPENSER, method="post", answer=422, **values)


TABLE += [
    of_trial("dosing:stock-list", KITS),
    of_trial("dosing:compliance-list", PATIENTS),
    *[
        of_trial(f"dosing:kits-{verb}", DISPENSER, method=method, answer=answer)
        for verb in ("receive", "send", "quarantine", "release", "destroy")
        for method, answer in (("get", 200), ("post", 422))
    ],
    of_trial("dosing:temperature-list", KITS),
    of_trial("dosing:temperature-list", DISPENSER, method="post", answer=422),
    of_trial("dosing:reconciliation-detail", KITS),
    of_trial("dosing:reconciliation-csv", KITS),
    of_trial("dosing:supply-detail", PHARMACIST),
    of_trial("dosing:kits-upload", PHARMACIST, method="post", answer=422),
    of_trial("dosing:kits-issue", PHARMACIST, method="post", answer=422),
    Row("dosing:lot-list", ("lot",), PHARMACIST),
    of_kit("kit-detail", "kit"),
    of_kit("kit-print", "kit"),
    of_kit("excursion-decide", "reading"),
    moved("excursion-decide", "reading"),
    *[
        row
        for verb in ("return", "count", "loss", "patient-loss", "correct")
        for row in (of_kit(f"kit-{verb}", "kit", who=DISPENSER), moved(f"kit-{verb}", "kit"))
    ],
    of_kit("course-dispense", "visit", who=DISPENSER),
    moved("course-dispense", "visit"),
    moved("course-choose", "visit"),
]

# --- Specimens
TUBES = ENTRY | {"laboratory"}
SEE_TUBES = TUBES | {"monitor", "data-manager"}


def of_tube(route, *arguments, who=TUBES, **values):
    return Row(f"microbiome:{route}", arguments, who, of_patient=True, **values)


TABLE += [
    of_trial("microbiome:specimen-list", SEE_TUBES),
    of_trial("microbiome:specimen-schedule", SEE_TUBES - {"laboratory"}),
    of_trial("microbiome:specimen-mixs", EXPORT),
    of_trial("microbiome:box-list", SEE_TUBES),
    of_trial("microbiome:shipment-list", SEE_TUBES),
    *[
        of_trial(f"microbiome:{route}", TUBES, method=method, answer=answer)
        for route in ("kit-list", "control-add", "box-add", "laboratory-add", "shipment-new")
        for method, answer in (("get", 200), ("post", 422))
    ],
    of_tube("visit-collect", "visit", who=ENTRY),
    of_tube("visit-collect", "visit", who=ENTRY, method="post", answer=422),
    of_tube("specimen-detail", "tube", who=SEE_TUBES),
    of_tube("specimen-labels", "tube"),
    of_tube("specimen-act", "tube", "receive"),
    of_tube("specimen-act", "tube", "receive", method="post", answer=422),
    of_tube("kit-labels", "batch"),
    of_tube("box-detail", "box", who=SEE_TUBES),
    of_tube("box-detail", "box", method="post", answer=422),
    of_tube("shipment-detail", "shipment", who=SEE_TUBES),
    # The laboratory that receives is a central one: nobody of one site works there.
    of_tube("shipment-detail", "shipment", who=frozenset(), method="post"),
]

# --- Results of the microbiome
RUN_TABLES = frozenset({"statistician", "data-manager", "unblinded-pharmacist"})
SEE_RESULTS = RUN_TABLES | INVESTIGATOR


def of_results(route, *arguments, who=SEE_RESULTS, **values):
    return Row(f"microbiome:{route}", arguments, who, **values)


TABLE += [
    of_trial("microbiome:table-list", SEE_RESULTS),
    of_trial("microbiome:table-list", RUN_TABLES, method="post", answer=422),
    of_results("table-detail", "feature_table"),
    of_results("table-detail", "feature_table", who=RUN_TABLES, method="post", answer=422),
    of_results("table-file", "feature_table", method="post"),
    of_results("analysis-detail", "analysis"),
    of_results("analysis-detail", "analysis", who=RUN_TABLES, method="post", answer=302),
    # It is not computed yet.
    of_results("analysis-csv", "analysis", "alpha", answer=404),
]


def each(rows):
    rows = list(rows)
    return pytest.mark.parametrize("row", rows, ids=[f"{row.method} {row.route}" for row in rows])


each_row = each(TABLE)
each_row_of_a_patient = each(row for row in TABLE if row.of_patient)


def routes(resolver, namespace=""):
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            yield from routes(
                entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            )
        else:
            yield f"{namespace}{entry.name}"


def test_every_route_has_a_row():
    found = {name for name in routes(get_resolver()) if not name.startswith("admin:")}
    assert found == {row.route for row in TABLE} - {"admin:index"}


def freeze_of_nothing(patient, by):
    """A freeze of a form that does not exist, so that it stands in nobody's way."""
    return Lock.objects.create(
        kind="freeze",
        scope="form",
        key="form:baseline:0",
        trial=patient.trial,
        site=patient.site,
        patient_id=patient.pk,
        form="baseline",
        record_id=0,
        at=timezone.now(),
        by=by,
        reason="audit",
    )


def limits_of_alt(site):
    return NormalLimits.objects.create(
        site=site, test="alt_u_l", valid_from=date(2026, 1, 1), high=40
    )


def things_of(trial):
    """Name of an argument to the id of what is behind it: a patient at site 01 and so on."""
    by = make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, by=by)
    visit = open_visit(patient, key="C1D1", by=by)
    make_token(by, trial)
    lesion = save_form("lesions", patient, by=by)
    save_form("tumor-assessment", visit, by=by, scanned_on=visit.actual_date, is_baseline="Y")
    event = make_serious_event(patient, by=by)
    start_report(event, by=by)
    known = {
        "event": event.pk,
        "patient": patient.pk,
        "attachment": make_attachment(patient, by=by).pk,
        "visit": visit.pk,
        "lesion": lesion.pk,
        "query": make_query(lesion).pk,
        "finding": make_finding(lesion).pk,
        "list": RandomizationList.objects.create(
            trial=trial, number=9, version=current_version(trial), source="uploaded", made_by=by
        ).pk,
        "token": by.api_tokens.get().pk,
        "site": patient.site_id,
        "export": request_casebook(patient.site, patient=patient, by=by).pk,
        "person": by.pk,
        "membership": by.memberships.get().pk,
        "recipient": NoticeRecipient.objects.create(trial=trial, user=by, kind="lock-out").pk,
        "key": make_key(by).pk,
        "session": make_session(by).pk,
        "consent": patient.consents.get().pk,
        "freeze": freeze_of_nothing(patient, by).pk,
        "limits": limits_of_alt(patient.site).pk,
    }

    entry = AuditEntry.objects.of_row(lesion)[0]
    known["entry"] = entry.pk
    known["redaction"] = propose_redaction(
        entry, "organ", trial=trial, by=by, reason="a name", now=timezone.now()
    ).pk
    kit = make_kits(trial, 2, received=False)[0]
    known |= {"kit": kit.pk, "lot": kit.lot_id, "reading": make_reading(trial).pk}
    return known | tubes_of(visit, by)


def tubes_of(visit, by):
    laboratory = make_laboratory(visit.patient.trial, by=by)
    sent = make_tube(visit.patient.trial, by=by, visit=visit, laboratory=laboratory)
    shipment = send(
        laboratory,
        make_laboratory(visit.patient.trial, "Core", site=None, by=by),
        [sent],
        carrier="Cold Road",
        packed_c=Decimal(-78),
        by=by,
        at=timezone.now(),
    )
    tube = make_tube(visit.patient.trial, by=by, visit=visit)
    return {
        "tube": tube.pk,
        "batch": tube.kit.batch_id,
        "box": make_box(laboratory, by=by).pk,
        "shipment": shipment.pk,
    } | results_of(visit.patient.trial, by)


def results_of(trial, by):
    table = make_feature_table(trial, by=by)
    wish = {"requested_at": timezone.now(), "heartbeat_at": timezone.now()}
    analysis = Analysis.objects.create(table=table, metric="jaccard", requested_by=by, **wish)
    return {"feature_table": table.pk, "analysis": analysis.pk}


@dataclass
class World:
    """A patient at site 01 of the trial `small`, all that hangs on it, and everybody who asks."""

    trial: Trial
    known: dict[str, object]
    here: dict[str, Client]
    """Role to the browser of somebody of site 01."""
    there: Client
    """Of one person with every role at site 02; `elsewhere` in another trial."""
    elsewhere: Client

    def address(self, row):
        return reverse(row.route, args=[self.known.get(name, name) for name in row.arguments])


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Made once: a thousand cases ask about the same rows, and each one's writes are undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        trial = make_trial()
        yield World(
            trial,
            things_of(trial),
            here=everybody_of(trial, "01"),
            there=signed_in(with_every_role(trial, "02")),
            elsewhere=signed_in(with_every_role(make_trial("other"), "01")),
        )
        transaction.set_rollback(True)


def everybody_of(trial, site):
    return {role: signed_in(make_member(trial, role, site=site)) for role in Role.values}


def with_every_role(trial, site):
    """More than anybody may hold: what is refused here is refused to each role."""
    user, where = make_user(), Site.objects.get(trial=trial, code=site)
    for role in Role.values:
        Membership.objects.create(user=user, trial=trial, site=where, role=role)
    return user


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def answer(row, address, client):
    """To a browser with the client's session, which the answer may end."""
    asking = Client()
    asking.cookies.load(client.cookies.output(header=""))
    return getattr(asking, row.method)(address)


def answers(row, world):
    """Role to the status that the person of site 01 gets."""
    where = world.address(row)
    return {role: answer(row, where, client).status_code for role, client in world.here.items()}


@each_row
def test_own_site(world, row):
    expected = {role: row.answer if role in row.who else 403 for role in Role.values}
    assert answers(row, world) == expected


@each_row_of_a_patient
def test_other_site_of_the_trial(world, row):
    assert answer(row, world.address(row), world.there).status_code == 404


@each_row
def test_other_trial(world, row):
    assert answer(row, world.address(row), world.elsewhere).status_code == row.stranger


@each_row
def test_no_role_at_all(world, row):
    client = signed_in(make_user())
    assert answer(row, world.address(row), client).status_code == row.stranger


@each_row
def test_no_login(world, row):
    where = world.address(row)
    response = answer(row, where, Client())
    assert response.status_code == row.anonymous
    if row.anonymous == SIGN_IN and row.route not in LEAD_ELSEWHERE:
        assert response["Location"] == f"/sign-in/?next={where}"


@each_row
def test_no_longer_active(world, row):
    """Every open session of a person ends with the account."""
    user = make_member(world.trial, "coordinator", site="01")
    where, client = world.address(row), signed_in(user)
    user.is_active = False
    user.save()
    assert getattr(client, row.method)(where).status_code == row.anonymous
