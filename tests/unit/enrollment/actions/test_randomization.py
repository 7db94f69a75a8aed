import hashlib
import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import AuditEntry
from core.refusals import Refused
from enrollment.actions import load_definition, randomize_patient
from enrollment.actions.randomization_lists import (
    activate_list,
    extend_list,
    make_list,
    upload_list,
)
from enrollment.calc.definition import DefinitionError
from enrollment.calc.randomization_file import ListRefused
from enrollment.models import Allocation, RandomizationList, VitalSigns
from enrollment.queries.randomization import (
    active_list,
    allocation_of,
    fills,
    misplaced,
    strata_labels,
    stratum_words,
)
from oversight.models import Lock, lock_key
from tests.factories import (
    ENROLLED_ON,
    SEED,
    load_open,
    make_enrolled_patient,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    make_screened_patient,
    make_trial,
    open_visit,
    randomized_source,
    save_form,
)


@pytest.fixture
def trial(db):
    return make_randomized_trial()


@pytest.fixture
def by(trial):
    return make_member(trial, "coordinator")


@pytest.fixture
def pharmacist(trial):
    return make_member(trial, "unblinded-pharmacist")


def randomize(patient, by, **values):
    return randomize_patient(patient, by=by, on=values.pop("on", ENROLLED_ON), **values)


def taken(trial):
    """(number, stratum, sequence) in the order of the numbers."""
    places = Allocation.objects.filter(trial=trial, patient__isnull=False).order_by("number")
    return list(places.values_list("number", "stratum", "sequence"))


def test_patients_get_the_next_place_of_their_stratum(trial, by):
    for ecog in ["0", "2", "0", "1"]:
        randomize(make_ready_patient(trial, ecog=ecog, by=by), by)

    assert taken(trial) == [
        ("R-0001", "0", 1),
        ("R-0002", "1-2", 1),
        ("R-0003", "0", 2),
        ("R-0004", "1-2", 2),
    ]


def test_answer_holds_no_arm(trial, by):
    allocated = randomize(make_ready_patient(trial, by=by), by)

    assert (allocated.number, allocated.stratum, allocated.on) == ("R-0001", "0", ENROLLED_ON)
    assert not hasattr(allocated, "arm")


def test_randomized_twice_has_the_same_place(trial, by):
    patient = make_ready_patient(trial, by=by)

    assert randomize(patient, by) == randomize(patient, by)
    assert len(taken(trial)) == 1


def test_trail_names_who_and_when_and_hides_arm_and_seed(trial, by):
    patient = make_ready_patient(trial, by=by)
    randomize(patient, by)

    entry = AuditEntry.objects.filter(table_name="enrollment_allocation", action="update").get()
    assert entry.actor_id == by.pk
    assert entry.changes["patient_id"] == [None, patient.pk]
    assert "arm" not in entry.changes
    inserted = AuditEntry.objects.filter(table_name="enrollment_allocation", action="insert")
    assert {tuple(row.changes["arm"]) for row in inserted} == {("hidden", "hidden")}
    made = AuditEntry.objects.get(table_name="enrollment_randomizationlist", action="insert")
    assert made.changes["seed"] == made.changes["sha256"] == ["hidden", "hidden"]
    assert SEED not in json.dumps(made.changes)


def refused(patient, by, **values):
    with pytest.raises(Refused) as refusal:
        randomize(patient, by, **values)
    assert taken(patient.trial) == []
    return str(refusal.value)


def test_not_enrolled_is_refused(trial, by):
    sentence = refused(make_screened_patient(trial, by=by), by)

    assert "the patient is not enrolled" in sentence
    assert "no consent signed by that day" in sentence
    assert "“ECOG performance status” has no answer" in sentence


def test_not_eligible_is_refused(trial, by):
    patient = make_screened_patient(trial, by=by, failing=["I01"])

    assert "not all criteria are met" in refused(patient, by)


def test_day_before_enrollment_is_refused(trial, by):
    patient = make_ready_patient(trial, by=by)

    assert "before the enrollment" in refused(patient, by, on=ENROLLED_ON - timedelta(days=1))


def test_draft_does_not_answer_for_a_stratum(trial, by):
    patient = make_enrolled_patient(trial, by=by)
    save_form("vital-signs", open_visit(patient, by=by), by=by, ecog="0", complete=False)

    assert "ECOG performance status" in refused(patient, by)


def test_answer_that_no_level_names_is_refused(trial, by):
    assert "ECOG performance status" in refused(make_ready_patient(trial, ecog="3", by=by), by)


def test_answer_of_a_later_visit_does_not_count(trial, by):
    patient = make_enrolled_patient(trial, by=by)
    visit = open_visit(patient, key="C1D1", by=by)
    save_form("vital-signs", visit, by=by, ecog="0")

    assert "ECOG performance status" in refused(patient, by, on=visit.target_date - timedelta(1))
    assert randomize(patient, by, on=visit.target_date).number == "R-0001"


def test_last_answer_by_the_day_counts(trial, by):
    patient = make_ready_patient(trial, ecog="0", by=by)
    visit = open_visit(patient, key="C1D1", by=by)
    save_form("vital-signs", visit, by=by, ecog="1")

    assert randomize(patient, by, on=visit.target_date).stratum == "1-2"


def test_stratum_that_changed_since_the_page_was_opened_is_refused(trial, by):
    patient = make_ready_patient(trial, ecog="1", by=by)

    assert "changed meanwhile" in refused(patient, by, confirmed="0")
    assert randomize(patient, by, confirmed="1-2").stratum == "1-2"


def test_full_stratum_is_refused_and_goes_on_after_an_extension(db):
    trial = make_randomized_trial(per_stratum=2, block_sizes="[2]")
    by, pharmacist = make_member(trial, "coordinator"), make_member(trial, "unblinded-pharmacist")
    for _number in range(2):
        randomize(make_ready_patient(trial, by=by), by)
    third = make_ready_patient(trial, by=by)
    with pytest.raises(Refused, match="no free place"):
        randomize(third, by)

    assert extend_list(active_list(trial), by=pharmacist, per_stratum=4) == 4
    assert randomize(third, by).number == "R-0003"
    assert taken(trial)[-1] == ("R-0003", "0", 3)


def test_extension_leaves_what_was_there(trial, pharmacist):
    before = list(Allocation.objects.order_by("pk").values())

    extend_list(active_list(trial), by=pharmacist, per_stratum=60)

    assert list(Allocation.objects.order_by("pk").values())[: len(before)] == before
    sequences = Allocation.objects.filter(stratum="0").order_by("pk")
    found = list(sequences.values_list("sequence", flat=True))
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= 60


def test_uploaded_list_has_nothing_to_extend(db):
    trial = make_randomized_trial(per_stratum=0)
    by = make_member(trial, "unblinded-pharmacist")
    made = upload_list(trial, by=by, content=UPLOAD)

    with pytest.raises(Refused, match="no seed"):
        extend_list(made, by=by, per_stratum=10)


UPLOAD = b"stratum,sequence,arm\n0,1,sham\n0,2,capsules\n1-2,1,capsules\n1-2,2,sham\n"


def test_uploaded_list_is_stored_as_it_is(db):
    trial = make_randomized_trial(per_stratum=0)
    by = make_member(trial, "unblinded-pharmacist")

    made = upload_list(trial, by=by, content=UPLOAD)

    rows = Allocation.objects.filter(list=made).order_by("pk")
    assert list(rows.values_list("stratum", "sequence", "arm")) == [
        ("0", 1, "sham"),
        ("0", 2, "capsules"),
        ("1-2", 1, "capsules"),
        ("1-2", 2, "sham"),
    ]
    assert made.sha256 == hashlib.sha256(UPLOAD).hexdigest()
    assert (made.seed, made.algorithm, made.is_draft) == ("", "", True)


def test_bad_file_leaves_nothing(db):
    trial = make_randomized_trial(per_stratum=0)
    by = make_member(trial, "unblinded-pharmacist")

    with pytest.raises(ListRefused, match="Line 3"):
        upload_list(trial, by=by, content=UPLOAD.replace(b"0,2,capsules", b"0,2,other"))

    assert not RandomizationList.objects.exists()
    assert not Allocation.objects.exists()


def test_without_an_active_list_nobody_is_randomized(db):
    trial = make_randomized_trial(per_stratum=0)
    by = make_member(trial, "coordinator")
    make_list(trial, by=by, per_stratum=4)

    assert "no active randomization list" in refused(make_ready_patient(trial, by=by), by)


def test_trial_of_one_arm_has_no_list(db):
    trial = make_trial()

    with pytest.raises(Refused, match="does not randomize"):
        make_list(trial, by=make_member(trial, "unblinded-pharmacist"), per_stratum=4)


@pytest.mark.parametrize("places", [0, 2001])
def test_number_of_places_has_limits(trial, pharmacist, places):
    with pytest.raises(Refused, match="1 to 2000"):
        make_list(trial, by=pharmacist, per_stratum=places)


def test_seed_is_drawn_when_none_is_given(trial, pharmacist):
    seeds = {make_list(trial, by=pharmacist, per_stratum=2).seed for _number in range(3)}

    assert len(seeds) == 3
    assert {len(seed) for seed in seeds} == {32}


def test_before_the_first_patient_a_new_list_takes_over(trial, pharmacist):
    first, second = active_list(trial), make_list(trial, by=pharmacist, per_stratum=4)
    activate_list(second, by=pharmacist)

    first.refresh_from_db()
    assert active_list(trial) == second
    assert first.retired_at is not None


def test_list_that_was_replaced_before_its_activation_cannot_be_activated(trial, pharmacist):
    older = make_list(trial, by=pharmacist, per_stratum=4)
    make_list(trial, by=pharmacist, per_stratum=4)

    with pytest.raises(Refused, match="not waiting"):
        activate_list(older, by=pharmacist)


def test_after_the_first_patient_there_is_no_other_list(trial, by, pharmacist):
    waiting = make_list(trial, by=pharmacist, per_stratum=4)
    randomize(make_ready_patient(trial, by=by), by)

    for refused_action in (
        lambda: make_list(trial, by=pharmacist, per_stratum=4),
        lambda: upload_list(trial, by=pharmacist, content=UPLOAD),
        lambda: activate_list(waiting, by=pharmacist),
    ):
        with pytest.raises(Refused, match="already"):
            refused_action()


def test_settings_stay_after_the_first_patient(trial, by):
    randomize(make_ready_patient(trial, by=by), by)

    with pytest.raises(DefinitionError, match="--amend-randomization"):
        load_definition(randomized_source(block_sizes="[4, 6]"), by=None)


def test_words_may_change_after_the_first_patient(trial, by):
    randomize(make_ready_patient(trial, by=by), by)
    source = randomized_source().replace("ECOG performance status", "ECOG at screening")

    load_definition(source, by=None)

    assert randomize(make_ready_patient(trial, by=by), by).number == "R-0002"


def test_amendment_waits_for_its_own_list(trial, by, pharmacist):
    first = make_ready_patient(trial, by=by)
    randomize(first, by)
    load_definition(randomized_source(block_sizes="[6]"), by=None, amends_randomization=True)
    second = make_ready_patient(trial, by=by)
    with pytest.raises(Refused, match="amended"):
        randomize(second, by)

    activate_list(make_list(trial, by=pharmacist, per_stratum=6), by=pharmacist)

    assert randomize(second, by).number == "R-0002"
    assert allocation_of(first).number == "R-0001"
    assert [fill.taken for fill in fills(active_list(trial))] == [1, 0]


def test_list_made_before_the_settings_changed_cannot_be_activated(db):
    trial = make_randomized_trial(per_stratum=0)
    by = make_member(trial, "unblinded-pharmacist")
    made = make_list(trial, by=by, per_stratum=4)
    load_definition(randomized_source(block_sizes="[6]"), by=None)

    with pytest.raises(Refused, match="settings changed"):
        activate_list(made, by=by)


def test_stratum_as_randomized_is_kept_and_the_difference_shown(trial, by):
    patient = make_ready_patient(trial, ecog="0", by=by)
    randomize(patient, by)
    assert misplaced(active_list(trial), user=by) == []

    # What a correction of the form does.

    VitalSigns.objects.filter(patient=patient).update(ecog="1")

    [line] = misplaced(active_list(trial), user=by)
    assert (line.patient, line.randomized_as, line.now) == (patient, "0", "1-2")
    assert allocation_of(patient).stratum == "0"


def test_answer_outside_the_levels_is_told_in_words(trial, by):
    patient = make_ready_patient(trial, ecog="0", by=by)
    randomize(patient, by)
    VitalSigns.objects.filter(patient=patient).update(ecog="3")
    made = active_list(trial)

    [line] = misplaced(made, user=by)
    definition = made.version.definition
    assert stratum_words(definition, line.now, "en").endswith(": 3 (no level of this trial)")
    labels = strata_labels(definition, "en")
    assert {name: stratum_words(definition, name, "en") for name in labels} == labels


def test_what_is_answered_after_the_day_is_no_difference(trial, by):
    patient = make_ready_patient(trial, ecog="0", by=by)
    randomize(patient, by)
    save_form("vital-signs", open_visit(patient, key="C1D1", by=by), by=by, ecog="1")

    assert misplaced(active_list(trial), user=by) == []


def test_field_that_the_form_does_not_ask_is_refused(db):
    source = randomized_source().replace("vital-signs.ecog", "vital-signs.mood")

    with pytest.raises(DefinitionError, match="asks for no “mood”"):
        load_definition(source, by=None)


def test_form_that_is_a_log_tells_no_stratum(db):
    source = randomized_source().replace("vital-signs.ecog", "lesions.organ")

    with pytest.raises(DefinitionError, match="asks for no “organ” once"):
        load_definition(source, by=None)


def test_factor_without_a_field_is_asked(db):
    source = randomized_source().replace('field = "vital-signs.ecog"\n', "")
    source = source.replace(', values = ["0"]', "").replace(', values = ["1", "2"]', "")
    trial = load_open(source).trial
    by = make_member(trial, "coordinator")
    activate_list(make_list(trial, by=by, per_stratum=4), by=by)
    patient = make_enrolled_patient(trial, by=by)

    assert "ECOG" in refused(patient, by)
    assert "ECOG" in refused(patient, by, asked={"ecog": "7"})
    assert randomize(patient, by, asked={"ecog": "1-2"}).stratum == "1-2"


def test_nobody_is_randomized_under_a_lock(trial, by):
    patient = make_ready_patient(trial, by=by)
    Lock.objects.create(
        kind="freeze", scope="trial", key=lock_key("trial", trial.pk), trial=trial, by=by,
        at=timezone.now(), reason="closed",
    )  # fmt: skip

    assert "This trial is frozen" in refused(patient, by)


BROKEN = {
    "patient without number": {"patient_id": "P"},
    "number without patient": {"number": "R-0009"},
    "day alone": {"allocated_on": ENROLLED_ON},
}


@pytest.mark.parametrize("values", BROKEN.values(), ids=BROKEN.keys())
def test_half_an_allocation_is_refused_by_the_database(trial, by, values):
    patient = make_ready_patient(trial, by=by)
    values = {name: patient.pk if value == "P" else value for name, value in values.items()}
    free = Allocation.objects.order_by("pk").first()

    with pytest.raises(IntegrityError, match="allocation_whole_or_free"), transaction.atomic():
        Allocation.objects.filter(pk=free.pk).update(**values)


def test_second_active_list_is_refused_by_the_database(trial, pharmacist):
    active = active_list(trial)
    made = make_list(trial, by=pharmacist, per_stratum=2)

    with pytest.raises(IntegrityError), transaction.atomic():
        RandomizationList.objects.filter(pk=made.pk).update(
            activated_at=active.activated_at, activated_by=pharmacist
        )
