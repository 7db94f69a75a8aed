from datetime import date, timedelta

import pytest

from core.refusals import Refused
from dosing.actions import stock
from dosing.actions.dispensing import choose_kit, dispense_kit, lost_by_patient, take_back
from dosing.actions.ledger import correct_last
from dosing.models import KitArm, LedgerEntry
from enrollment.actions.randomization import randomize_patient
from enrollment.models import Allocation
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    make_screened_patient,
    make_trial,
    open_visit,
    save_form,
)
from tests.factories_kits import make_kits, make_lot

DAY = date(2026, 1, 8)


def test_first_day_then_the_rest(kits, visit, dispenser, first_day, released, last):
    kit = first_day(visit)
    assert (last(kit).status, last(kit).with_patient, last(kit).on_hand) == ("started", 6, 54)
    released(visit)
    dispense_kit(visit, number=kit.number.lower(), by=dispenser, on=DAY)
    assert (last(kit).status, last(kit).with_patient) == ("dispensed", 60)
    take_back(kit, capsules=3, lost=1, by=dispenser, on=DAY, reason="one fell")
    assert (last(kit).with_patient, last(kit).returned, last(kit).lost) == (56, 3, 1)


def test_without_a_gate_the_whole_kit_is_dispensed(db, last):
    trial = make_trial("open", day_one_gate=False)
    by = make_member(trial, "dispenser")
    make_kits(trial)
    visit = open_visit(make_enrolled_patient(trial), key="C1D1")
    kit = choose_kit(visit, by=by, on=DAY)
    dispense_kit(visit, number=kit.number, by=by, on=DAY)
    assert (last(kit).status, last(kit).with_patient) == ("dispensed", 60)


def test_kit_that_was_chosen_is_chosen_again(kits, visit, dispenser):
    kit = choose_kit(visit, by=dispenser, on=DAY)
    assert choose_kit(visit, by=dispenser, on=DAY) == kit
    assert LedgerEntry.objects.filter(kind="reserve").count() == 1


def test_earliest_expiry_goes_first(trial, kits, visit, dispenser):
    soon = make_kits(trial, lot=make_lot("soon", expires_on=date(2026, 3, 1)))
    assert choose_kit(visit, by=dispenser, on=DAY) in soon


@pytest.mark.parametrize(
    ("expires_on", "fits"),
    [
        pytest.param(date(2026, 1, 17), True, id="on the tenth day"),
        pytest.param(date(2026, 1, 16), False, id="on the ninth day"),
    ],
)
def test_kit_lasts_through_the_course(trial, visit, dispenser, expires_on, fits):
    make_kits(trial, lot=make_lot(expires_on=expires_on))
    if fits:
        assert choose_kit(visit, by=dispenser, on=DAY)
    else:
        with pytest.raises(Refused, match="no suitable kit"):
            choose_kit(visit, by=dispenser, on=DAY)


def test_rest_after_expiry_is_refused(trial, visit, dispenser, first_day, released):
    make_kits(trial, lot=make_lot(expires_on=date(2026, 1, 17)))
    kit = first_day(visit)
    released(visit)
    with pytest.raises(Refused, match="expires too early"):
        dispense_kit(visit, number=kit.number, by=dispenser, on=date(2026, 1, 18))
    dispense_kit(visit, number=kit.number, by=dispenser, on=date(2026, 1, 17))


def test_kit_chosen_earlier_must_still_last_when_handed_out(trial, visit, dispenser):
    make_kits(trial, lot=make_lot(expires_on=date(2026, 1, 17)))
    kit = choose_kit(visit, by=dispenser, on=DAY)
    with pytest.raises(Refused, match="expires too early"):
        dispense_kit(visit, number=kit.number, by=dispenser, on=DAY + timedelta(days=1))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"is_rest_released": "N"}, id="not released"),
        pytest.param({"is_rest_released": ""}, id="not answered"),
        pytest.param({"is_day_one_observed": "N"}, id="not observed"),
        pytest.param({"has_day_one_reaction": "Y"}, id="reaction"),
        pytest.param({"has_day_one_reaction": ""}, id="reaction not answered"),
    ],
)
def test_gate_keeps_the_rest(kits, visit, dispenser, first_day, released, changes, last):
    kit = first_day(visit)
    released(visit, **changes)
    with pytest.raises(Refused, match="not released"):
        dispense_kit(visit, number=kit.number, by=dispenser, on=DAY)
    assert last(kit).on_hand == 54


def test_gate_keeps_the_rest_without_a_form(kits, visit, dispenser, first_day):
    kit = first_day(visit)
    with pytest.raises(Refused, match="not released"):
        dispense_kit(visit, number=kit.number, by=dispenser, on=DAY)


def test_another_kit_than_the_chosen_one_is_refused(kits, visit, dispenser):
    kit = choose_kit(visit, by=dispenser, on=DAY)
    wrong = next(other for other in kits if other != kit)
    with pytest.raises(Refused, match="not the kit that was chosen"):
        dispense_kit(visit, number=wrong.number, by=dispenser, on=DAY)


def test_second_kit_for_a_course_is_refused(kits, visit, dispenser, first_day, released):
    kit = first_day(visit)
    with pytest.raises(Refused, match="dispensed for this course already"):
        choose_kit(visit, by=dispenser, on=DAY)
    released(visit)
    dispense_kit(visit, number=kit.number, by=dispenser, on=DAY)
    with pytest.raises(Refused, match="Choose a kit"):
        dispense_kit(visit, number=kit.number, by=dispenser, on=DAY)


def test_kit_lost_as_a_whole_is_replaced(kits, visit, dispenser, first_day, released):
    kit = first_day(visit)
    released(visit)
    dispense_kit(visit, number=kit.number, by=dispenser, on=DAY)
    lost_by_patient(kit, capsules=60, by=dispenser, on=DAY, reason="bag stolen")
    assert choose_kit(visit, by=dispenser, on=DAY) != kit


def test_without_a_choice_nothing_is_dispensed(kits, visit, dispenser):
    with pytest.raises(Refused, match="Choose a kit"):
        dispense_kit(visit, number=kits[0].number, by=dispenser, on=DAY)


def test_kit_in_quarantine_is_neither_chosen_nor_dispensed(trial, site, visit, dispenser):
    make_kits(trial, 1)
    kit = choose_kit(visit, by=dispenser, on=DAY)
    stock.quarantine_kits(site, [kit.number], by=dispenser, on=DAY, reason="door open")
    with pytest.raises(Refused, match="Choose a kit"):
        dispense_kit(visit, number=kit.number, by=dispenser, on=DAY)
    with pytest.raises(Refused, match="no suitable kit"):
        choose_kit(visit, by=dispenser, on=DAY)
    stock.release_kits(site, [kit.number], by=dispenser, on=DAY, reason="sponsor's letter")
    assert choose_kit(visit, by=dispenser, on=DAY) == kit


def test_rest_in_quarantine_is_not_dispensed(kits, site, visit, dispenser, first_day, released):
    kit = first_day(visit)
    released(visit)
    stock.quarantine_kits(site, [kit.number], by=dispenser, on=DAY, reason="door open")
    with pytest.raises(Refused, match="in quarantine"):
        dispense_kit(visit, number=kit.number, by=dispenser, on=DAY)


def test_kit_of_another_site_is_not_chosen(trial, visit, dispenser):
    make_kits(trial, site="02")
    with pytest.raises(Refused, match="no suitable kit"):
        choose_kit(visit, by=dispenser, on=DAY)


def test_patient_who_is_not_enrolled_gets_nothing(trial, kits, visit, dispenser):
    visit.patient = make_screened_patient(trial)
    visit.save()
    with pytest.raises(Refused, match="enrolled patients"):
        choose_kit(visit, by=dispenser, on=DAY)


def test_nothing_before_the_day_of_enrollment(kits, visit, dispenser):
    with pytest.raises(Refused, match="day of enrollment"):
        choose_kit(visit, by=dispenser, on=date(2026, 1, 4))


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("end-of-treatment", {"last_dose_on": DAY, "ended_on": DAY, "reason": "toxicity"}),
        ("end-of-study", {"ended_on": DAY, "reason": "completed"}),
    ],
)
def test_nothing_after_the_end(kits, patient, visit, dispenser, form, values):
    kit = choose_kit(visit, by=dispenser, on=DAY)
    save_form(form, patient, **values)
    with pytest.raises(Refused, match="has ended"):
        dispense_kit(visit, number=kit.number, by=dispenser, on=DAY)
    with pytest.raises(Refused, match="has ended"):
        choose_kit(visit, by=dispenser, on=DAY)


def test_draft_of_an_end_stops_nothing(kits, patient, visit, dispenser):
    save_form("end-of-treatment", patient, complete=False, reason="toxicity")
    assert choose_kit(visit, by=dispenser, on=DAY)


def test_visit_without_a_course_is_refused(kits, patient, dispenser):
    with pytest.raises(Refused, match="No course"):
        choose_kit(open_visit(patient, key="screening"), by=dispenser, on=DAY)


def test_more_than_dispensed_does_not_come_back(kits, visit, dispenser, first_day):
    kit = first_day(visit)
    with pytest.raises(Refused, match="so many capsules"):
        take_back(kit, capsules=7, by=dispenser, on=DAY)


def test_return_with_a_loss_wants_a_reason_and_keeps_neither_without(
    kits, visit, dispenser, first_day, last
):
    kit = first_day(visit)
    with pytest.raises(Refused, match="Enter a reason"):
        take_back(kit, capsules=1, lost=1, by=dispenser, on=DAY)
    assert last(kit).kind == "dispense"


def test_dispensing_is_corrected_by_a_counter_entry(kits, visit, dispenser, first_day, last):
    kit = first_day(visit)
    correct_last(kit, by=dispenser, on=DAY, reason="not handed out", expected=last(kit).pk)
    assert (last(kit).status, last(kit).on_hand) == ("reserved", 60)


# --- Blinded


@pytest.fixture
def blinded(db):
    """Day 1 of one more randomized patient."""
    trial = make_randomized_trial()
    by = make_member(trial, "coordinator")

    def randomized():
        patient = make_ready_patient(trial, by=by)
        randomize_patient(patient, by=by, on=patient.enrolled_on)
        return open_visit(patient, key="C1D1", by=by)

    randomized.trial, randomized.by = trial, by
    return randomized


def test_every_patient_gets_a_kit_of_the_own_arm(blinded):
    make_kits(blinded.trial, 20)
    arms = set()
    for _number in range(8):
        visit = blinded()
        arm = Allocation.objects.get(patient=visit.patient).arm
        kit = choose_kit(visit, by=blinded.by, on=DAY)
        assert KitArm.objects.get(kit=kit).arm == arm
        arms.add(arm)
    assert arms == {"capsules", "sham"}


def test_patient_who_is_not_randomized_gets_nothing(blinded):
    make_kits(blinded.trial)
    patient = make_ready_patient(blinded.trial, by=blinded.by)
    visit = open_visit(patient, key="C1D1", by=blinded.by)
    with pytest.raises(Refused, match="not randomized"):
        choose_kit(visit, by=blinded.by, on=DAY)


def test_empty_stock_of_an_arm_reads_like_an_empty_stock(blinded):
    """The words are the same for both arms, and the same as where there is no kit at all."""
    visits = [blinded() for _number in range(8)]
    sentences, refused = [], set()

    def ask(visit):
        try:
            choose_kit(visit, by=blinded.by, on=DAY)
        except Refused as refusal:
            sentences.append(str(refusal))
            refused.add(Allocation.objects.get(patient=visit.patient).arm)

    for visit in visits:
        ask(visit)
    assert len(sentences) == 8
    refused.clear()
    make_kits(blinded.trial, 2)
    for visit in visits:
        ask(visit)
    assert refused == {"capsules", "sham"}
    assert len(sentences) == 14
    assert len(set(sentences)) == 1


def test_kits_are_not_taken_in_the_order_of_their_numbers(blinded):
    """The kits passed over would be those of the other arm."""
    make_kits(blinded.trial, 40)
    numbers = [choose_kit(blinded(), by=blinded.by, on=DAY).number for _number in range(8)]
    assert numbers != sorted(numbers)
