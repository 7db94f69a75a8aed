"""Reading an uploaded kit list: strictly, and with every fault by line."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from core.refusals import Refused
from dosing.calc.kit_numbers import is_valid, tells_arms
from enrollment.calc.definition import Definition

COLUMNS = ("kit", "lot", "expires_on", "lowest_c", "highest_c", "site")
ARM = "arm"
MOST_KITS = 2000
LEAST_SHARE = 0.5
"""Each arm's share of a lot is at least this part of its share in the randomization ratio."""


@dataclass(frozen=True, slots=True)
class PackedLot:
    number: str
    expires_on: date
    lowest_c: Decimal
    highest_c: Decimal


@dataclass(frozen=True, slots=True)
class PackedKit:
    """`arm` is empty in a trial with one arm."""

    number: str
    lot: PackedLot
    site: str
    arm: str = ""


class BadKitList(Refused):
    """`faults` are pairs of line (0 for the file as a whole) and sentence."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__(_("Nothing was registered. Correct the list and upload all of it again."))
        self.faults = faults


def has_arms(definition: Definition) -> bool:
    """Must a kit's content be told apart by arm?"""
    return len(definition.arms) > 1


def kit_list_columns(definition: Definition) -> tuple[str, ...]:
    return COLUMNS + ((ARM,) if has_arms(definition) else ())


def read_kit_list(text: str, definition: Definition) -> list[PackedKit]:
    """The kits of a CSV file in the order of its lines.

    Raises:
        BadKitList: with every fault of every line, or what the file as a whole tells.
    """
    try:
        lines = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    except csv.Error:
        raise BadKitList([(0, _("This is not a CSV file."))]) from None
    columns = kit_list_columns(definition)
    if not lines or tuple(lines[0]) != columns:
        names = ", ".join(columns)
        raise BadKitList([(1, _("The first line must be: %(names)s.") % {"names": names})])
    if len(lines) - 1 > MOST_KITS:
        fault = _("Upload at most %(most)s kits at once.") % {"most": MOST_KITS}
        raise BadKitList([(0, fault)])
    kits, faults = [], []
    for number, cells in enumerate(lines[1:], start=2):
        try:
            kits.append(_kit(dict(zip(columns, cells, strict=True)), definition))
        except ValueError as fault:
            sentence = str(fault)
            if len(cells) != len(columns):
                sentence = _("This line does not have %(count)s cells.") % {"count": len(columns)}
            faults.append((number, sentence))
    if not faults:
        faults = list(faults_of(kits, definition, first_line=2))
    if faults:
        raise BadKitList(faults)
    return kits


def faults_of(
    kits: list[PackedKit], definition: Definition, *, first_line: int
) -> Iterator[tuple[int, str]]:
    """What is wrong with the kits together: repeated numbers, lots that differ, arms that show."""
    if not kits:
        yield 0, _("The list holds no kits.")
    counted = Counter(kit.number for kit in kits)
    lots: dict[str, PackedLot] = {}
    for line, kit in enumerate(kits, start=first_line):
        if counted[kit.number] > 1:
            yield line, _("Kit %(kit)s is in the list twice.") % {"kit": kit.number}
        if lots.setdefault(kit.lot.number, kit.lot) != kit.lot:
            yield (
                line,
                _("Expiry and storage of lot %(lot)s differ from the lines above.")
                % {"lot": kit.lot.number},
            )
    if has_arms(definition):
        yield from _arms_that_show(kits, definition)


def _arms_that_show(kits: list[PackedKit], definition: Definition) -> Iterator[tuple[int, str]]:
    """Neither the lot nor the order of the numbers may tell what is in a kit."""
    arms_of_lot: dict[str, list[str]] = defaultdict(list)
    in_order = sorted(kits, key=lambda kit: kit.number)
    for kit in in_order:
        arms_of_lot[kit.lot.number].append(kit.arm)
    shares = _shares(definition)
    for lot, arms in arms_of_lot.items():
        if any(arms.count(arm) < LEAST_SHARE * share * len(arms) for arm, share in shares.items()):
            yield (
                0,
                _(
                    "Lot %(lot)s would tell what is in its kits: pack every arm into each lot,"
                    " about as often as patients are allocated to it."
                )
                % {"lot": lot},
            )
    if any(tells_arms(arms) for arms in [*arms_of_lot.values(), [kit.arm for kit in in_order]]):
        yield (
            0,
            _("The order of the kit numbers tells the arms. Number the kits in random order."),
        )


def _shares(definition: Definition) -> dict[str, float]:
    ratio = definition.randomization.ratio if definition.randomization else {}
    parts = {arm.id: ratio.get(arm.id, 1) for arm in definition.arms}
    return {arm: part / sum(parts.values()) for arm, part in parts.items()}


def _kit(cells: dict[str, str], definition: Definition) -> PackedKit:
    number = cells["kit"]
    if not is_valid(number, definition.trial.number_prefix):
        raise ValueError(
            _("“%(kit)s” is not a kit number of this trial: the check digits do not fit.")
            % {"kit": number[:20]}
        )
    if cells["site"] not in {site.code for site in definition.sites}:
        raise ValueError(_("“%(site)s” is not a site of this trial.") % {"site": cells["site"][:8]})
    arm = cells.get(ARM, "")
    if has_arms(definition) and arm not in {each.id for each in definition.arms}:
        raise ValueError(_("The arm is not one of this trial's arms."))
    return PackedKit(number, _lot(cells), cells["site"], arm)


def _lot(cells: dict[str, str]) -> PackedLot:
    number = cells["lot"]
    if not is_lot_number(number):
        raise ValueError(_("Enter a lot of 1 to 20 letters, digits, hyphens, dots or slashes."))
    try:
        expires_on = date.fromisoformat(cells["expires_on"])
    except ValueError:
        raise ValueError(_("Enter the expiry as 2027-06-30.")) from None
    lowest, highest = _celsius(cells["lowest_c"]), _celsius(cells["highest_c"])
    if lowest >= highest:
        raise ValueError(_("Enter a storage range from low to high."))
    return PackedLot(number, expires_on, lowest, highest)


def is_lot_number(text: str) -> bool:
    """Nothing that a spreadsheet would take for a formula."""
    return re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z./-]{0,19}", text) is not None


def _celsius(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not -100 < value < 100 or value != round(value, 1):
        raise ValueError(_("Enter temperatures in °C, such as 2 or 2.5."))
    return value


def as_csv_rows(kits: Iterable[PackedKit], definition: Definition) -> Iterator[list[str]]:
    """The list as it would be uploaded, header first."""
    yield list(kit_list_columns(definition))
    for kit in kits:
        lot = kit.lot
        cells = [kit.number, lot.number, lot.expires_on.isoformat(), f"{lot.lowest_c:f}"]
        cells += [f"{lot.highest_c:f}", kit.site]
        yield cells + ([kit.arm] if has_arms(definition) else [])
