"""Kits, received and dispensed by the same actions that the pages call."""

from datetime import date
from decimal import Decimal

from core.models import Site
from dosing.actions.kit_list import PackedLot
from dosing.actions.kits import issue_kits
from dosing.actions.ledger import record_temperature
from dosing.actions.stock import receive_kits
from enrollment.queries.trials import current_version
from tests.factories import make_member

RECEIVED_ON = date(2026, 1, 2)


def make_lot(number="L1", *, expires_on=date(2027, 6, 30), lowest_c=2, highest_c=8):
    return PackedLot(number, expires_on, Decimal(lowest_c), Decimal(highest_c))


def make_kits(trial, count=4, *, site="01", lot=None, received=True, by=None):
    """Kits of a new lot, alike in number for each arm, by their numbers."""
    definition = current_version(trial).definition
    lot = lot or make_lot(f"L{trial.lots.count() + 1}")
    arms = [arm.id for arm in definition.arms]
    counts = {arm: count // len(arms) for arm in arms}
    by = by or make_member(trial, "unblinded-pharmacist")
    kits = issue_kits(trial, definition, lot, by=by, site=site, counts=counts, seed=7)
    if received:
        receive_kits(
            Site.objects.get(trial=trial, code=site),
            [kit.number for kit in kits],
            by=make_member(trial, "dispenser"),
            on=RECEIVED_ON,
        )
    return kits


def make_reading(trial, lowest=3, highest=7, *, on=RECEIVED_ON, comment=""):
    return record_temperature(
        Site.objects.get(trial=trial, code="01"),
        by=make_member(trial, "dispenser"),
        on=on,
        lowest_c=Decimal(lowest),
        highest_c=Decimal(highest),
        comment=comment,
    )
