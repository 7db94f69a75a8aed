"""Kits, tubes, cells and shipments through the actions that the pages call."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from core.models import AuditEntry
from core.refusals import Refused
from enrollment.actions.locking import close, lift
from enrollment.queries.locking import Target
from microbiome.actions.custody import hold, record_events, release
from microbiome.actions.specimens import add_control, collect, derive, divide, find
from microbiome.actions.storage import put_into, receive, send
from microbiome.calc.custody import Event, Kind, State, after, collected, made_from
from microbiome.models import Cell, CustodyEvent, Shipment, Specimen
from microbiome.queries.collection import missing_samples, schedule_of
from microbiome.queries.specimens import family_of, lines_of, timeline, times_of
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_trial,
    open_visit,
    save_form,
)
from tests.factories_specimens import (
    make_box,
    make_laboratory,
    make_tube,
    make_tube_kits,
    morning_of,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def trial():
    return make_trial()


@pytest.fixture
def by(trial):
    return make_member(trial, "coordinator")


@pytest.fixture
def laboratory(trial, by):
    return make_laboratory(trial, by=by)


@pytest.fixture
def tube(trial, by, laboratory):
    """5 g of stool on the bench of laboratory 01 an hour after it was collected."""
    return make_tube(trial, by=by, laboratory=laboratory)


def last_of(tube):
    return CustodyEvent.objects.latest().get(specimen=tube)


def replayed(tube):
    """The state that the pure functions make of the stored events."""
    state = None
    for row in CustodyEvent.objects.filter(specimen=tube).order_by("sequence"):
        if row.kind == Kind.COLLECT:
            state = collected(tube.amount)
        elif row.kind == Kind.MAKE:
            state = made_from(before_parting(tube), tube.amount)
        else:
            told = Event(
                Kind(row.kind), row.taken, row.temperature_c, row.laboratory_id, row.box_id
            )
            state = after(state, told)
    return state


def before_parting(tube):
    parting = CustodyEvent.objects.filter(specimen=tube.parent, kind__in=("aliquot", "derive"))
    here = parting.get()
    earlier = CustodyEvent.objects.get(specimen=tube.parent, sequence=here.sequence - 1)
    return earlier.state


def test_from_the_patient_to_dna_and_back(trial, by, laboratory, tube):
    at = tube.collected_at
    box = make_box(laboratory, by=by)
    put_into(box, [tube], first="B2", by=by, at=at + 2 * HOUR)
    record_events([tube], Event(Kind.REMOVE), by=by, at=at + 50 * HOUR)
    record_events([tube], Event(Kind.THAW), by=by, at=at + 51 * HOUR)
    parts = divide(tube, parts=2, amount=Decimal("0.5"), by=by, at=at + 51 * HOUR)
    [dna] = derive(
        parts[0],
        material="dna",
        taken=Decimal("0.2"),
        amount=Decimal(60),
        by=by,
        at=at + 52 * HOUR,
        reason="kit Q",
    )
    put_into(box, [tube, parts[1]], first="A1", by=by, at=at + 53 * HOUR)

    assert last_of(tube).left + sum(part.amount for part in parts) == 5
    assert [last_of(each).left for each in (*parts, dna)] == [Decimal("0.3"), Decimal("0.5"), 60]
    assert dict(Cell.objects.values_list("specimen__barcode", "name")) == {
        tube.barcode: "A1",
        parts[1].barcode: "A2",
    }
    for each in (tube, *parts, dna):
        assert isinstance(replayed(each), State)
        assert replayed(each) == last_of(each).state
        assert last_of(each).freeze_thaws == 1
    times = times_of(tube, timeline(tube), now=at + 63 * HOUR)
    assert (times.to_cold, times.to_frozen) == (HOUR, 2 * HOUR)
    assert times.frozen == 59 * HOUR
    assert [(branch.depth, branch.line.tube.material) for branch in family_of(dna)] == [
        (0, "stool"),
        (1, "stool"),
        (2, "dna"),
        (1, "stool"),
    ]
    assert {each.visit_id for each in Specimen.objects.all()} == {tube.visit_id}
    assert AuditEntry.objects.filter(table_name="microbiome_custodyevent").exists()


def test_events_and_tubes_cannot_be_changed(tube):
    for change in (
        lambda: CustodyEvent.objects.update(left=9),
        lambda: CustodyEvent.objects.all().delete(),
        lambda: Specimen.objects.update(amount=9),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_cell_has_one_occupant(trial, by, laboratory, tube):
    box = make_box(laboratory, by=by)
    put_into(box, [tube], first="A1", by=by, at=tube.collected_at + 2 * HOUR)
    other = make_tube(trial, by=by, laboratory=laboratory)
    with pytest.raises(Refused, match="A1"):
        put_into(box, [other], first="A1", by=by, at=other.collected_at + 2 * HOUR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cell.objects.create(box=box, name="A1", specimen=other)
    with pytest.raises(Refused, match="no cell"):
        put_into(box, [other], first="Z1", by=by, at=other.collected_at + 2 * HOUR)
    with pytest.raises(Refused, match="room for 1"):
        put_into(box, [tube, other], first="I9", by=by, at=other.collected_at + 2 * HOUR)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"barcode": "SA9999991"}, "check character", id="misread"),
        pytest.param({"reason": "", "late": 40}, "outside the window", id="window"),
        pytest.param({"expires_on": date(2026, 1, 1)}, "expired", id="expired"),
        pytest.param({"material": "blank"}, "for a control", id="control"),
        pytest.param({"site": "02"}, "another site", id="site"),
        pytest.param({"amount": 0}, "above 0", id="nothing in it"),
        pytest.param({"withdrawn": True}, "withdrew", id="withdrawn"),
    ],
)
def test_what_cannot_be_collected(trial, by, change, told):
    visit = open_visit(make_enrolled_patient(trial, by=by), key="C1D1", by=by)
    kit = {name: change[name] for name in ("expires_on", "material", "site") if name in change}
    barcode = make_tube_kits(trial, by=by, **kit)[0]
    if change.get("withdrawn"):
        withdraw(visit.patient, by)
    with pytest.raises(Refused, match=told):
        collect(
            visit,
            change.get("barcode", barcode),
            amount=Decimal(change.get("amount", 5)),
            at=morning_of(visit) + timedelta(days=change.get("late", 0)),
            by=by,
        )
    assert not Specimen.objects.exists()


def test_the_last_day_of_the_window_needs_no_reason_and_the_next_one_does(trial, by):
    visit = open_visit(make_enrolled_patient(trial, by=by), key="C1D1", by=by)
    one, two, _three = make_tube_kits(trial, by=by)
    last = morning_of(visit) + (visit.window_closes - visit.actual_date)
    collect(visit, one, amount=Decimal(5), at=last, by=by)
    with pytest.raises(Refused, match="window"):
        collect(visit, two, amount=Decimal(5), at=last + timedelta(days=1), by=by)
    late = {"amount": Decimal(5), "at": last + timedelta(days=1), "by": by}
    assert collect(visit, two, reason="constipation", **late).barcode == two
    with pytest.raises(Refused, match="already"):
        collect(visit, two, reason="again", **late)


def withdraw(patient, by):
    form = {"ended_on": date(2026, 3, 1), "last_known_alive_on": date(2026, 3, 1)}
    save_form("end-of-study", patient, by=by, reason="withdrawal", **form)


def test_withdrawn_consent_holds_everything_that_came_of_the_patient(trial, by, laboratory, tube):
    part = divide(tube, parts=1, amount=Decimal(1), by=by, at=tube.collected_at + HOUR)[0]
    withdraw(tube.patient, by)
    assert [line.shown_state for line in lines_of([tube, part])] == ["held", "held"]
    now = timezone.now()
    for kind, taken in ((Kind.USE, 1), (Kind.ALIQUOT, 1)):
        with pytest.raises(Refused, match="withdrew"):
            record_events([part], Event(kind, taken=Decimal(taken)), by=by, at=now)
    record_events([part], Event(Kind.DISCARD), by=by, at=now, reason="asked for")
    assert last_of(part).place == "discarded"


@pytest.mark.parametrize("scope", ["site", "patient"])
def test_under_a_lock_nothing_is_collected_and_what_there_is_goes_on(trial, by, tube, scope):
    patient, barcode = tube.patient, make_tube_kits(trial, by=by)[0]
    target = Target(trial, patient.site, patient if scope == "patient" else None)
    manager = make_member(trial, "data-manager")
    values = {"amount": Decimal(1), "at": tube.collected_at, "by": by}
    lock = close(target, "freeze", by=manager, reason="clean", at=timezone.now())
    with pytest.raises(Refused, match="frozen"):
        collect(tube.visit, barcode, **values)
    divide(tube, parts=1, amount=Decimal(1), by=by, at=tube.collected_at + HOUR)
    lift(lock, target, by=manager, reason="one more", at=timezone.now())
    assert collect(tube.visit, barcode, **values).visit == tube.visit


def test_a_hold_reaches_the_descendants_and_not_the_parent(by, tube):
    at = tube.collected_at + HOUR
    part = divide(tube, parts=1, amount=Decimal(1), by=by, at=at)[0]
    [dna] = derive(
        part, material="dna", taken=Decimal("0.1"), amount=Decimal(9), by=by, at=at, reason="kit"
    )
    hold(part, by=by, at=at, reason="mislabeled?")
    assert [last_of(each).is_held for each in (tube, part, dna)] == [False, True, True]
    with pytest.raises(Refused, match="on hold"):
        record_events([dna], Event(Kind.USE, taken=Decimal(1)), by=by, at=at, reason="16S")


def test_a_release_frees_what_its_hold_reached_and_no_hold_of_another_reason(by, tube):
    at = tube.collected_at + HOUR
    first, second = divide(tube, parts=2, amount=Decimal(1), by=by, at=at)
    hold(first, by=by, at=at, reason="cracked")
    hold(tube, by=by, at=at, reason="mislabeled?")
    release(tube, by=by, at=at, reason="label is right")
    assert [last_of(each).is_held for each in (tube, first, second)] == [False, True, False]
    release(first, by=by, at=at, reason="poured over")
    assert not last_of(first).is_held


def test_what_changes_no_place_keeps_the_cell(by, laboratory, tube):
    box = make_box(laboratory, by=by)
    at = tube.collected_at + HOUR
    put_into(box, [tube], first="B7", by=by, at=at)
    record_events([tube], Event(Kind.REMARK), by=by, at=at, reason="cracked lid")
    hold(tube, by=by, at=at, reason="mislabeled?")
    assert (last_of(tube).box_id, last_of(tube).cell) == (box.pk, "B7")
    assert Cell.objects.get(specimen=tube).name == "B7"
    record_events([tube], Event(Kind.REMOVE), by=by, at=at)
    assert (last_of(tube).box_id, last_of(tube).cell) == (None, "")


def test_time_goes_forward(by, tube):
    for at, told in (
        (tube.collected_at, "later one"),
        (timezone.now() + HOUR, "not in the future"),
    ):
        with pytest.raises(Refused, match=told):
            record_events([tube], Event(Kind.REMARK), by=by, at=at, reason="cracked lid")


class TestShipments:
    @pytest.fixture
    def central(self, trial, by):
        return make_laboratory(trial, "Core", site=None, by=by)

    @pytest.fixture
    def other(self, trial, by, laboratory):
        return make_tube(trial, by=by, laboratory=laboratory)

    @pytest.fixture
    def shipment(self, laboratory, central, by, tube, other):
        at = max(tube.collected_at, other.collected_at) + 3 * HOUR
        parcel = {"carrier": "Cold Road 7", "packed_c": Decimal(-78), "by": by, "at": at}
        return send(laboratory, central, [tube, other], **parcel)

    def close(self, shipment, by, **values):
        usual = {"arrival_c": Decimal(-70), "differences": "", "scanned": (), "missing": ()}
        at = values.pop("at", shipment.sent_at + HOUR)
        return receive(shipment, by=by, at=at, **usual | values)

    def test_two_sides(self, trial, shipment, central, tube, other):
        somebody = make_member(trial, "laboratory")
        self.close(
            shipment,
            somebody,
            scanned=[tube.barcode],
            missing=[other.barcode],
            differences="one was not there",
        )
        here, gone = last_of(tube), last_of(other)
        assert (here.place, here.laboratory, here.is_frozen) == ("bench", central, True)
        assert (gone.place, gone.laboratory) == ("missing", None)
        with pytest.raises(Refused, match="already"):
            self.close(shipment, somebody, scanned=[tube.barcode])

    def test_sender_does_not_receive(self, by, shipment, tube, other):
        with pytest.raises(Refused, match="cannot receive"):
            self.close(shipment, by, scanned=[tube.barcode, other.barcode])
        row = Shipment.objects.filter(pk=shipment.pk)
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(received_by=by, received_at=shipment.sent_at)

    @pytest.mark.parametrize(
        ("values", "told"),
        [
            pytest.param({"scanned": ["tube"]}, "Neither scanned", id="one is left over"),
            pytest.param(
                {"scanned": ["tube"], "missing": ["other"]}, "Describe", id="missing without a word"
            ),
            pytest.param(
                {"scanned": ["tube", "other"], "missing": ["other"]}, "Scanned and", id="both"
            ),
            pytest.param({"scanned": ["tube", "other", "third"]}, "Not in this", id="surplus"),
            pytest.param({"scanned": ["tube", "tube"]}, "twice", id="twice"),
        ],
    )
    def test_every_tube_is_accounted_for(
        self, trial, by, laboratory, shipment, tube, other, values, told
    ):
        known = {"tube": tube, "other": other}
        if "third" in values["scanned"]:
            known["third"] = make_tube(trial, by=by, laboratory=laboratory)
        named = {key: [known[name].barcode for name in names] for key, names in values.items()}
        with pytest.raises(Refused, match=told):
            self.close(shipment, make_member(trial, "laboratory"), **named)
        shipment.refresh_from_db()
        assert shipment.received_at is None

    def test_what_is_elsewhere_cannot_be_sent(self, by, laboratory, central, shipment, tube):
        with pytest.raises(Refused, match="Not in this laboratory"):
            send(
                central,
                laboratory,
                [tube],
                carrier="x",
                packed_c=Decimal(4),
                by=by,
                at=timezone.now(),
            )


def test_controls_are_of_no_patient(trial, by, laboratory):
    blank = make_tube_kits(trial, material="blank", by=by)[0]
    stool = make_tube_kits(trial, by=by)[0]
    told = {"amount": Decimal("0.5"), "at": timezone.now(), "by": by, "reason": "kit Q-118"}
    tube = add_control(blank, laboratory, **told)
    assert (tube.patient, last_of(tube).laboratory) == (None, laboratory)
    with pytest.raises(Refused, match="for a patient"):
        add_control(stool, laboratory, **told)
    with pytest.raises(IntegrityError), transaction.atomic():
        Specimen.objects.create(
            trial=trial,
            site=laboratory.site,
            barcode=stool,
            material="stool",
            amount=1,
            collected_at=timezone.now(),
            registered_by=by,
        )


def test_scanning_finds_what_the_person_may_see(trial, by, tube):
    seen = Specimen.objects.visible_to(make_member(trial, "coordinator", site="02"))
    with pytest.raises(Refused, match="No tube"):
        find([tube.barcode], among=seen)
    assert find([tube.barcode.lower()], among=Specimen.objects.visible_to(by)) == [tube]
    for barcodes in ([], ["SA0000011"], [tube.barcode, tube.barcode]):
        with pytest.raises(Refused):
            find(barcodes, among=Specimen.objects.all())


@pytest.mark.parametrize(("days", "is_missing"), [(0, False), (1, True), (42, True), (43, False)])
def test_a_missing_sample_waits_for_the_coordinator(trial, by, days, is_missing):
    patient = make_enrolled_patient(trial, by=by)
    make_tube(trial, by=by)  # the site keeps track of tubes
    visit = open_visit(patient, key="C1D1", by=by)
    type(visit).objects.filter(pk=visit.pk).update(forms=["stool-sample"])
    day = visit.actual_date + timedelta(days=days)
    found = [item.visit for item in missing_samples(by, day) if item.visit == visit]
    assert found == [visit] * is_missing


def test_a_sample_with_a_reason_is_not_missing(trial, by):
    tube = make_tube(trial, by=by)
    visit = open_visit(make_enrolled_patient(trial, by=by), key="C1D1", by=by)
    type(visit).objects.filter(patient__trial=trial, key="C1D1").update(forms=["stool-sample"])
    values = {"is_collected": "N", "not_collected_reason": "constipation"}
    flora = dict.fromkeys(("had_antibiotics", "had_probiotics", "had_acid_blockers"), "N")
    save_form("stool-sample", visit, by=by, **values, **flora)
    people = [visit.patient, tube.patient]
    schedule = schedule_of(people, today=visit.actual_date + timedelta(days=9))
    assert [row.cells[0].state for row in schedule.rows] == ["missed", "complete"]
    assert schedule.missing == 0
