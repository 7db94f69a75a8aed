from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from core.models import AuditEntry
from core.refusals import Refused
from dosing.actions import stock
from dosing.actions.ledger import correct_last, record_moves, record_temperature
from dosing.calc.ledger import Kind, Move, packed, replay
from dosing.models import LedgerEntry, StorageReading
from tests.factories import LATER, make_trial
from tests.factories_kits import RECEIVED_ON, make_kits, make_lot

DAY = RECEIVED_ON + timedelta(days=1)


@pytest.fixture
def receive(site, dispenser):
    def take(*numbers, on=RECEIVED_ON, at=site):
        return stock.receive_kits(at, numbers, by=dispenser, on=on)

    return take


def test_shipment_is_taken_into_stock_as_typed(trial, site, receive):
    kits = make_kits(trial, received=False)
    receive(kits[1].number.lower(), f" {kits[0].number}\n")
    entries = LedgerEntry.objects.latest().order_by("kit")
    assert [entry.kit for entry in entries] == kits[:2]
    assert {(entry.status, entry.site, entry.on_hand) for entry in entries} == {
        ("available", site, 60)
    }


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param(lambda kits: [kits[0].number, "KS-00009-00"], "Not a kit", id="unknown"),
        pytest.param(lambda kits: [kits[0].number] * 2, "twice", id="twice"),
        pytest.param(lambda kits: [], "at least one", id="none"),
    ],
)
def test_shipment_with_a_wrong_number_is_refused_as_a_whole(trial, receive, typed, sentence):
    kits = make_kits(trial, received=False)
    with pytest.raises(Refused, match=sentence):
        receive(*typed(kits))
    assert not LedgerEntry.objects.exists()


def test_kit_of_another_trial_is_unknown(trial, receive):
    [kit, *_more] = make_kits(make_trial("other"), received=False)
    with pytest.raises(Refused, match="Not a kit of this trial"):
        receive(kit.number)


def test_kit_is_received_once_and_at_its_site(trial, receive, other_site, kit):
    with pytest.raises(Refused, match="in stock"):
        receive(kit.number)
    [sent, *_more] = make_kits(trial, received=False)
    with pytest.raises(Refused, match="not at this site"):
        receive(sent.number, at=other_site)


def test_date_in_the_future_is_refused(trial, receive):
    [kit, *_more] = make_kits(trial, received=False)
    with pytest.raises(Refused, match="future"):
        receive(kit.number, on=LATER + timedelta(days=1))
    assert receive(kit.number, on=LATER)[0].happened_on == LATER


def test_date_before_the_last_entry_is_refused(site, dispenser, kit):
    before = RECEIVED_ON - timedelta(days=1)
    with pytest.raises(Refused, match=RECEIVED_ON.isoformat()):
        stock.quarantine_kits(site, [kit.number], by=dispenser, on=before, reason="broken")


def test_transfer_arrives_at_the_other_site(site, other_site, dispenser, kit, receive, last):
    stock.send_kits(site, [kit.number], to=other_site, by=dispenser, on=DAY, reason="stock low")
    assert (last(kit).status, last(kit).bound_for, last(kit).on_the_way) == ("sent", other_site, 60)
    with pytest.raises(Refused, match="not at this site"):
        receive(kit.number, on=DAY)
    receive(kit.number, on=DAY, at=other_site)
    assert (last(kit).site, last(kit).on_hand) == (other_site, 60)


def test_transfer_to_another_trial_is_refused(site, dispenser, kit):
    there = make_trial("other").sites.get(code="02")
    with pytest.raises(Refused, match="another site of this trial"):
        stock.send_kits(site, [kit.number], to=there, by=dispenser, on=DAY, reason="x")


def test_kit_of_another_site_is_not_sent(site, other_site, dispenser, kit):
    with pytest.raises(Refused, match="Not all of these"):
        stock.send_kits(other_site, [kit.number], to=site, by=dispenser, on=DAY, reason="x")


@pytest.mark.parametrize("action", ["destroy_kits", "quarantine_kits"])
def test_reason_is_asked_for(site, dispenser, kit, action):
    with pytest.raises(Refused, match="Enter a reason"):
        getattr(stock, action)(site, [kit.number], by=dispenser, on=DAY, reason=" ")


def test_destroyed_kit_holds_nothing(site, dispenser, kit, last):
    stock.destroy_kits(site, [kit.number], by=dispenser, on=DAY, reason="expired")
    assert (last(kit).status, last(kit).on_hand, last(kit).destroyed) == ("destroyed", 0, 60)
    with pytest.raises(Refused, match="destroyed"):
        stock.quarantine_kits(site, [kit.number], by=dispenser, on=DAY, reason="late")


def test_one_impossible_kit_stops_the_move_of_all(site, dispenser, kits):
    stock.destroy_kits(site, [kits[1].number], by=dispenser, on=DAY, reason="x")
    with pytest.raises(Refused):
        record_moves(kits, Move(Kind.DESTROY, site.pk), by=dispenser, on=DAY, reason="all")
    assert LedgerEntry.objects.filter(kind="destroy").count() == 1


def test_count_changes_nothing_and_is_kept(site, dispenser, kit, last):
    stock.count_kit(kit, site=site, capsules=59, by=dispenser, on=DAY)
    assert (last(kit).kind, last(kit).capsules, last(kit).on_hand) == ("count", 59, 60)


def test_lost_kit_is_lost(site, dispenser, kit, last):
    stock.report_loss(kit, site=site, capsules=None, by=dispenser, on=DAY, reason="fell")
    assert (last(kit).status, last(kit).lost) == ("lost", 60)


# --- Temperatures


@pytest.fixture
def read(site, dispenser):
    def temperature(lowest, highest, **values):
        values = {"on": DAY} | values
        return record_temperature(
            site, by=dispenser, lowest_c=Decimal(lowest), highest_c=Decimal(highest), **values
        )

    return temperature


@pytest.mark.parametrize(("lowest", "highest"), [("2.0", "8.0"), ("4.1", "5.2")])
def test_temperature_within_the_range_changes_nothing(read, kits, last, lowest, highest):
    assert not read(lowest, highest).is_excursion
    assert not any(last(kit).is_quarantined for kit in kits)


@pytest.mark.parametrize(("lowest", "highest"), [("1.9", "8.0"), ("2.0", "8.1")])
def test_excursion_puts_the_stock_into_quarantine(read, kits, last, lowest, highest):
    reading = read(lowest, highest, comment="door open")
    assert reading.is_excursion
    for kit in kits:
        assert (last(kit).is_quarantined, last(kit).reading) == (True, reading)


def test_excursion_touches_only_lots_whose_range_it_leaves(trial, read, kits, last):
    [tough, *_more] = make_kits(trial, lot=make_lot("tough", highest_c=25))
    read("3.0", "12.0", comment="door open")
    assert last(kits[0]).is_quarantined
    assert not last(tough).is_quarantined


def test_excursion_wants_a_comment(read, kits):
    with pytest.raises(Refused, match="Describe what happened"):
        read("1.0", "8.0")
    assert not StorageReading.objects.exists()


def test_impossible_reading_is_refused(read):
    with pytest.raises(Refused, match="not below the lowest"):
        read("8", "2")
    with pytest.raises(Refused, match="future"):
        read("2", "8", on=LATER + timedelta(days=1))


@pytest.mark.parametrize(("release", "status"), [(True, "available"), (False, "destroyed")])
def test_decision_about_an_excursion(read, kits, dispenser, last, release, status):
    reading = read("1.0", "8.0", comment="door open")
    stock.decide_excursion(reading, release=release, by=dispenser, on=DAY, reason="letter")
    assert {(last(kit).status, last(kit).is_quarantined) for kit in kits} == {(status, False)}
    with pytest.raises(Refused, match="any more"):
        stock.decide_excursion(reading, release=True, by=dispenser, on=DAY, reason="again")


# --- Corrections


def test_correction_is_an_entry_of_its_own(site, dispenser, kit, last):
    wrong = stock.destroy_kits(site, [kit.number], by=dispenser, on=DAY, reason="expired")[0]
    correct_last(kit, by=dispenser, on=DAY, reason="wrong kit", expected=wrong.pk)
    assert (last(kit).status, last(kit).on_hand, last(kit).corrects) == ("available", 60, wrong)
    assert LedgerEntry.objects.filter(kit=kit).count() == 3


def test_corrections_go_back_step_by_step(site, dispenser, kit, last):
    received = last(kit)
    wrong = stock.quarantine_kits(site, [kit.number], by=dispenser, on=DAY, reason="x")[0]
    correct_last(kit, by=dispenser, on=DAY, reason="y", expected=wrong.pk)
    correct_last(kit, by=dispenser, on=DAY, reason="never came", expected=received.pk)
    assert last(kit).state == packed(60, bound_for=site.pk)
    with pytest.raises(Refused, match="nothing to correct"):
        correct_last(kit, by=dispenser, on=DAY, reason="again", expected=received.pk)


def test_correction_of_what_is_no_longer_last_is_refused(site, dispenser, kit, last):
    received = last(kit)
    stock.quarantine_kits(site, [kit.number], by=dispenser, on=DAY, reason="x")
    with pytest.raises(Refused, match="moved meanwhile"):
        correct_last(kit, by=dispenser, on=DAY, reason="y", expected=received.pk)


def test_correction_wants_a_reason(dispenser, kit, last):
    with pytest.raises(Refused, match="Say why"):
        correct_last(kit, by=dispenser, on=DAY, reason="", expected=last(kit).pk)


def test_stored_state_is_what_the_moves_give(site, dispenser, kit, last):
    wrong = stock.quarantine_kits(site, [kit.number], by=dispenser, on=DAY, reason="x")[0]
    correct_last(kit, by=dispenser, on=DAY, reason="y", expected=wrong.pk)
    stock.destroy_kits(site, [kit.number], by=dispenser, on=DAY, reason="z")
    entries = LedgerEntry.objects.filter(kit=kit)
    moves = [Move(Kind(entry.kind), entry.site_id) for entry in entries]
    assert replay(packed(60, bound_for=site.pk), moves) == last(kit).state


def test_entry_names_who_and_why_in_the_audit_trail(site, dispenser, kit, last):
    stock.destroy_kits(site, [kit.number], by=dispenser, on=DAY, reason="expired")
    entry = AuditEntry.objects.of_row(last(kit)).get()
    assert (entry.actor_id, entry.reason) == (dispenser.pk, "expired")


# --- What the database holds by itself


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dosing_ledgerentry SET on_hand = 0, lost = 60",
        "DELETE FROM dosing_ledgerentry",
        "UPDATE dosing_storagereading SET highest_c = 5",
        "DELETE FROM dosing_storagereading",
    ],
)
def test_database_refuses_changes_of_the_ledger(read, kit, statement):
    read("2", "8")
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has INSERT OR REPLACE")
def test_database_refuses_to_replace_an_entry(kit):
    copy = "SELECT * FROM dosing_ledgerentry LIMIT 1"
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        connection.cursor().execute(f"INSERT OR REPLACE INTO dosing_ledgerentry {copy}")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_database_refuses_to_empty_the_ledger(kit):
    with pytest.raises(DatabaseError, match="cannot be changed|TRUNCATE"), transaction.atomic():
        connection.cursor().execute("TRUNCATE dosing_ledgerentry CASCADE")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"on_hand": 59}, id="a capsule vanishes"),
        pytest.param({"on_hand": 120, "lost": -60}, id="below zero"),
        pytest.param({"sequence": 1}, id="sequence taken"),
        pytest.param({"kind": "destroy"}, id="no reason"),
        pytest.param({"kind": "correct", "reason": "x"}, id="correction of nothing"),
    ],
)
def test_database_refuses_an_entry_that_cannot_be(kit, last, changes):
    entry = last(kit)
    for name, value in ({"pk": None, "sequence": 2} | changes).items():
        setattr(entry, name, value)
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.save(force_insert=True)


def test_database_refuses_a_reading_upside_down(site, dispenser):
    values = {"read_on": date(2026, 1, 1), "is_excursion": False, "recorded_by": dispenser}
    with pytest.raises(IntegrityError), transaction.atomic():
        StorageReading.objects.create(site=site, lowest_c=8, highest_c=2, **values)
