"""A process that randomizes patients, for tests with many of them.

    python -m tests.integration.enrollment.allocating prepare PATIENTS
    python -m tests.integration.enrollment.allocating randomize THREADS PATIENT [PATIENT …]
    python -m tests.integration.enrollment.allocating die PATIENT

`randomize` starts that many clients, each with its own connection and signed in by itself, which
wait for each other and then send the page's form, every patient by two of them. `die` kills the
process after the place is taken and before the transaction ends.
"""

import os
import signal
import sys
import threading

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from core.models import User  # noqa: E402
from enrollment.actions import randomization, randomize_patient  # noqa: E402
from enrollment.models import Patient  # noqa: E402
from tests.factories import (  # noqa: E402
    make_member,
    make_randomized_trial,
    make_ready_patient,
)

ECOG = {"0": "0", "1": "1-2", "2": "1-2"}


def prepare(patients):
    call_command("migrate", verbosity=0)
    trial = make_randomized_trial(per_stratum=patients)
    by = make_member(trial, "coordinator", username="carla")
    for number in range(patients):
        make_ready_patient(trial, ecog="012"[number % 3], by=by)


def client_of(user):
    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    client.force_login(user)
    return client


def randomize(threads, patients):
    carla = User.objects.get(username="carla")
    confirmed = {pk: stratum_of(pk) for pk in patients}
    start = threading.Barrier(threads)
    statuses = []

    def work(mine):
        client = client_of(carla)
        start.wait(timeout=60)
        for pk in mine:
            answer = client.post(f"/patients/{pk}/randomize/", {"confirmed": confirmed[pk]})
            statuses.append(answer.status_code)
        connection.close()

    twice = [*patients, *reversed(patients)]
    workers = [
        threading.Thread(target=work, args=(twice[number::threads],)) for number in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert set(statuses) == {302}, statuses


def stratum_of(pk):
    with connection.cursor() as cursor:
        cursor.execute("SELECT ecog FROM enrollment_vitalsigns WHERE patient_id = %s", [pk])
        return ECOG[cursor.fetchone()[0]]


def die(patient):
    take_place = randomization._take_place

    def take_and_die(*args, **options):
        take_place(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    randomization._take_place = take_and_die
    carla = User.objects.get(username="carla")
    randomize_patient(Patient.objects.get(pk=patient), by=carla, on=timezone.localdate())


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    numbers = [int(text) for text in rest]
    if what == "prepare":
        prepare(*numbers)
    elif what == "randomize":
        randomize(numbers[0], numbers[1:])
    else:
        die(*numbers)
