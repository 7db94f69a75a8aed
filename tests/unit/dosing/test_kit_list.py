from datetime import date
from decimal import Decimal
from random import Random

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core.models import AuditEntry
from dosing.actions.kit_list import BadKitList, PackedLot
from dosing.actions.kits import issue_kits, upload_kits
from dosing.calc.kit_numbers import issue
from dosing.models import Kit, KitArm, Lot
from enrollment.queries.trials import current_version
from tests.factories import make_member

HEADER = "kit,lot,expires_on,lowest_c,highest_c,site"
LOT = PackedLot("P-7", date(2027, 6, 30), Decimal(2), Decimal(8))


def definition_of(trial):
    return current_version(trial).definition


@pytest.fixture
def upload(blinded_trial):
    """Uploads these lines, with the arm, as the unblinded pharmacist."""
    by = make_member(blinded_trial, "unblinded-pharmacist")

    def send(*lines, header=HEADER + ",arm"):
        text = "\r\n".join([header, *lines]) + "\r\n"
        return upload_kits(blinded_trial, definition_of(blinded_trial), text, by=by)

    return send


def line(sequence, arm, *, lot="P-7", expires_on="2027-06-30", site="01", range_c="2,8"):
    return f"{issue('B', sequence)},{lot},{expires_on},{range_c},{site},{arm}"


def mixed(count=20, *, first=1, seed=3, **values):
    arms = ["study", "control"] * (count // 2)
    Random(seed).shuffle(arms)
    return [line(first + place, arm, **values) for place, arm in enumerate(arms)]


def faults_of(send, *lines, **values):
    with pytest.raises(BadKitList) as refusal:
        send(*lines, **values)
    assert not Lot.objects.exists()
    assert not Kit.objects.exists()
    return refusal.value.faults


def test_list_is_stored_with_one_lot_and_each_arm(upload):
    kits = upload(*mixed())
    lot = Lot.objects.get()
    assert (lot.number, lot.expires_on, lot.capsules) == ("P-7", date(2027, 6, 30), 60)
    assert Kit.objects.count() == len(kits) == 20
    assert KitArm.objects.filter(arm="study").count() == 10


def test_ids_follow_the_numbers_and_not_the_order_of_the_file(upload):
    by_arm = sorted(mixed(), key=lambda text: text.rsplit(",", 1)[1])
    upload(*by_arm)
    numbers = list(Kit.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == sorted(numbers)
    kits = list(KitArm.objects.order_by("pk").values_list("kit__number", flat=True))
    assert kits == numbers


def test_audit_trail_does_not_hold_the_arm(upload):
    upload(*mixed())
    entries = AuditEntry.objects.filter(table_name="dosing_kitarm")
    assert entries.count() == 20
    assert {tuple(entry.changes["arm"]) for entry in entries} == {("hidden", "hidden")}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("KB-00001-00,P-7,2027-06-30,2,8,01,study", "check digits", id="check digits"),
        pytest.param(f"{issue('A', 1)},P-7,2027-06-30,2,8,01,study", "check digits", id="trial A"),
        pytest.param(line(1, "study", site="09"), "not a site", id="site"),
        pytest.param(line(1, "verum"), "not one of this trial's arms", id="arm"),
        pytest.param(line(1, ""), "not one of this trial's arms", id="no arm"),
        pytest.param(line(1, "study", expires_on="30.06.2027"), "2027-06-30", id="expiry"),
        pytest.param(line(1, "study", range_c="8,2"), "low to high", id="range"),
        pytest.param(line(1, "study", range_c="NaN,8"), "temperatures", id="not a number"),
        pytest.param(line(1, "study", range_c="2.25,8"), "temperatures", id="too fine"),
        pytest.param(line(1, "study", lot=""), "1 to 20 letters", id="no lot"),
        pytest.param(line(1, "study", lot="=1+1"), "1 to 20 letters", id="formula"),
        pytest.param("KB-00001-00,P-7", "7 cells", id="too few cells"),
        pytest.param(line(1, "study") + ",x", "7 cells", id="too many cells"),
    ],
)
def test_bad_line_is_named_and_nothing_is_stored(upload, text, fault):
    [(number, sentence)] = faults_of(upload, *mixed(first=10), text)
    assert number == 22
    assert fault in sentence


def test_every_bad_line_is_named(upload):
    lines = [line(1, "verum"), line(2, "study"), line(3, "study", site="77")]
    assert [number for number, _fault in faults_of(upload, *lines)] == [2, 4]


@pytest.mark.parametrize("header", [HEADER, "kit,lot", ""])
def test_other_columns_are_refused(upload, header):
    [(number, _fault)] = faults_of(upload, *mixed(), header=header)
    assert number == 1


def test_cell_of_a_length_that_no_csv_has_is_refused(upload):
    with pytest.raises(BadKitList) as refused:
        upload("x" * 200_000)
    assert refused.value.faults == [(0, "This is not a CSV file.")]


def test_content_of_a_kit_is_never_changed(upload):
    upload(*mixed())
    with pytest.raises(DatabaseError), transaction.atomic():
        KitArm.objects.update(arm="sham")
    with pytest.raises(DatabaseError), transaction.atomic():
        KitArm.objects.all().delete()


def test_list_without_kits_is_refused(upload):
    assert faults_of(upload) == [(0, "The list holds no kits.")]


def test_number_twice_in_the_list_is_refused(upload):
    lines = mixed()
    found = faults_of(upload, *lines, lines[0])
    assert [number for number, _fault in found][:2] == [2, 22]


def test_lot_with_two_expiries_is_refused(upload):
    [(number, fault), *_more] = faults_of(
        upload, *mixed(), line(30, "study", expires_on="2028-01-01")
    )
    assert number == 22
    assert "differ" in fault


def test_arms_sorted_by_number_are_refused(upload):
    arms = ["study"] * 10 + ["control"] * 10
    [(_line, fault), *_more] = faults_of(
        upload, *[line(n, arm) for n, arm in enumerate(arms, start=1)]
    )
    assert "random order" in fault


def test_lot_of_one_arm_is_refused(upload):
    lines = mixed(lot="P-7") + [line(50 + n, "study", lot="P-8") for n in range(4)]
    assert any("P-8" in fault for _line, fault in faults_of(upload, *lines))


@pytest.mark.parametrize(
    ("study", "is_refused"),
    [pytest.param(5, False, id="a quarter"), pytest.param(4, True, id="less than a quarter")],
)
def test_lot_keeps_half_of_the_share_of_each_arm(upload, study, is_refused):
    arms = ["study"] * study + ["control"] * (20 - study)
    Random(4).shuffle(arms)
    lines = [line(n, arm) for n, arm in enumerate(arms, start=1)]
    if is_refused:
        assert any("would tell" in fault for _line, fault in faults_of(upload, *lines))
    else:
        assert len(upload(*lines)) == 20


def test_kit_or_lot_that_is_registered_is_refused(upload):
    upload(*mixed())
    with pytest.raises(BadKitList) as refusal:
        upload(*mixed(first=20, lot="P-8"))
    assert [fault for _line, fault in refusal.value.faults] == [
        f"Kit {issue('B', 20)} is registered already."
    ]
    with pytest.raises(BadKitList):
        upload(*mixed(first=50))
    assert Kit.objects.count() == 20


def test_open_trial_asks_for_no_arm(trial):
    by = make_member(trial, "unblinded-pharmacist")
    text = f"{HEADER}\n{issue('S', 1)},P-7,2027-06-30,2,8,02\n"
    [kit] = upload_kits(trial, definition_of(trial), text, by=by)
    assert kit.site.code == "02"
    assert not KitArm.objects.exists()


def test_issued_numbers_go_on_and_repeat_with_the_seed(blinded_trial):
    by = make_member(blinded_trial, "unblinded-pharmacist")
    counts = {"study": 10, "control": 10}
    for number in ("P-1", "P-2"):
        lot = PackedLot(number, LOT.expires_on, LOT.lowest_c, LOT.highest_c)
        definition = definition_of(blinded_trial)
        issue_kits(blinded_trial, definition, lot, by=by, site="01", counts=counts, seed=5)
    numbers = list(Kit.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == [issue("B", n) for n in range(1, 41)]
    arms = list(KitArm.objects.order_by("pk").values_list("arm", flat=True))
    assert arms[:20] == arms[20:]
    assert arms.count("study") == 20


def test_kit_number_twice_is_refused_by_the_database(upload):
    kit = upload(*mixed())[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Kit.objects.create(trial=kit.trial, lot=kit.lot, number=kit.number, site=kit.site)


@pytest.mark.parametrize("values", [{"lowest_c": 8}, {"capsules": 0}, {"number": "P-7"}])
def test_lot_that_cannot_be_is_refused_by_the_database(upload, values):
    lot = upload(*mixed())[0].lot
    lot.pk, lot.number = None, "P-9"
    for name, value in values.items():
        setattr(lot, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        lot.save(force_insert=True)
