"""A web process that serves scans, tumors and the dashboard never loads the night's packages."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from enrollment.models import Visit
from enrollment.queries.trials import current_version
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit, save_form
from tests.integration.outcomes.story import Story, night_of

TABS = ("detail", "efficacy", "safety", "quality-of-life", "flow")
PROGRAM = """
import sys, django
django.setup()
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment()
from core.models import User
for username, address in (line.split() for line in sys.stdin):
    client = Client()
    client.force_login(User.objects.get(username=username))
    answer = client.get(address)
    heavy = {"pandas", "scipy", "lifelines", "statsmodels", "pyarrow", "matplotlib"}
    print(answer.status_code, address, *sorted(heavy & set(sys.modules)))
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="hands the database over as a file")
def test_pages_of_scans_and_the_dashboard_load_no_pandas(db, tmp_path):
    trial = make_trial()
    story = Story(current_version(trial), "S01-001").scan(-7, 100).scan(42, 60)
    story.adverse_event("Diarrhea", 3, related_to_capsules="possible")
    visit = open_visit(make_enrolled_patient(trial))
    save_form("tumor-assessment", visit, is_baseline="Y", scanned_on=visit.actual_date)
    night_of(trial)
    scan = Visit.objects.filter(patient=story.patient).order_by("position").last()
    pages = [
        ("iris", reverse("enrollment:visit-form", args=[visit.pk, "tumor-assessment"])),
        ("iris", reverse("outcomes:tumor-detail", args=[story.patient.pk])),
        ("mona", reverse("outcomes:reading-compare", args=[story.patient.pk])),
        ("rhea", reverse("outcomes:reading-form", args=[scan.pk])),
        *(("iris", reverse(f"reports:dashboard-{tab}", args=[trial.slug])) for tab in TABS),
        ("iris", reverse("reports:toxicity-board", args=[trial.slug])),
        ("iris", reverse("reports:dashboard-patients", args=[trial.slug]) + "?what=pfs"),
    ]
    for username, role in (
        ("iris", "investigator"),
        ("mona", "monitor"),
        ("rhea", "central-reader"),
    ):
        make_member(trial, role, username=username)
    file = tmp_path / "copy.sqlite3"
    file.write_bytes(connection.connection.serialize())
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="\n".join(" ".join(page) for page in pages),
        cwd=settings.BASE_DIR,
        env=os.environ | {"TRIALSITE_TEST": "1", "TRIALSITE_SQLITE": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [f"200 {address}" for _who, address in pages], done.stderr
