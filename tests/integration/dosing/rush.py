"""One process of the rush for the last kit; see `test_last_kit`.

`prepare` makes the database with one kit and some patients and prints the ids of their visits;
`choose` waits for the file to appear and then asks for a kit.
"""

import os
import sys
import time
from datetime import date
from pathlib import Path

import django

os.environ["TRIALSITE_TEST"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "trialsite.settings"
django.setup()

from django.core.management import call_command  # noqa: E402

from core.models import User  # noqa: E402
from core.refusals import Refused  # noqa: E402
from dosing.actions.dispensing import choose_kit  # noqa: E402
from enrollment.models import Visit  # noqa: E402
from tests.factories import (  # noqa: E402
    make_enrolled_patient,
    make_member,
    make_trial,
    open_visit,
)
from tests.factories_kits import make_kits  # noqa: E402

DAY = date(2026, 1, 8)


def prepare(patients):
    call_command("migrate", verbosity=0)
    trial = make_trial()
    make_kits(trial, 1)
    by = make_member(trial, "dispenser", username="disa")
    for _number in range(patients):
        visit = open_visit(make_enrolled_patient(trial, by=by), key="C1D1", by=by)
        sys.stdout.write(f"{visit.pk}\n")


def choose(visit_pk, start):
    visit = Visit.objects.select_related("patient").get(pk=visit_pk)
    by = User.objects.get(username="disa")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not Path(start).exists():
        time.sleep(0.005)
    try:
        sys.stdout.write(choose_kit(visit, by=by, on=DAY).number)
    except Refused as refusal:
        sys.stdout.write(f"refused: {refusal}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare", patients]:
            prepare(int(patients))
        case ["choose", visit_pk, start]:
            choose(int(visit_pk), start)
