"""Stock by what is in the kits. For those who may know it; no other page may call this."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings

from core.models import Site, Trial, User
from core.permissions import Permission, require_permission
from dosing.models import Kit, KitArm, LedgerEntry, Lot
from dosing.queries.stock import USABLE_DAYS
from enrollment.calc.definition import Definition


@dataclass(frozen=True)
class SupplyLine:
    site: Site
    arm: str
    name: str
    free: int
    on_the_way: int
    used: int

    @property
    def is_low(self) -> bool:
        return self.free < settings.KITS_LOW_STOCK


def supply(
    trial: Trial, definition: Definition, *, user: User, today: date, language: str
) -> list[SupplyLine]:
    """Kits of each arm at each site; in a trial with one arm, of its product.

    Raises:
        PermissionDenied: the person does not register kits.
    """
    require_permission(user, Permission.KIT_MAP, trial=trial)
    content = dict(KitArm.objects.filter(kit__trial=trial).values_list("kit_id", "arm"))
    only = definition.arms[0].id
    counted: Counter[tuple[int, str, str]] = Counter()
    moved = set()
    lasts = LedgerEntry.objects.latest().filter(kit__trial=trial).select_related("kit__lot")
    usable_from = today + timedelta(days=USABLE_DAYS)
    for entry in lasts:
        moved.add(entry.kit_id)
        arm = content.get(entry.kit_id, only)
        if entry.status == "sent":
            counted[entry.bound_for_id or 0, arm, "way"] += 1
        elif entry.state.is_free:
            is_usable = entry.kit.lot.expires_on >= usable_from
            counted[entry.site_id or 0, arm, "free" if is_usable else "old"] += 1
        else:
            counted[entry.site_id or 0, arm, "used"] += 1
    for kit in Kit.objects.filter(trial=trial).exclude(pk__in=moved):
        counted[kit.site_id, content.get(kit.pk, only), "way"] += 1
    return [
        SupplyLine(
            site,
            arm.id,
            arm.name.in_language(language),
            free=counted[site.pk, arm.id, "free"],
            on_the_way=counted[site.pk, arm.id, "way"],
            used=counted[site.pk, arm.id, "used"],
        )
        for site in Site.objects.filter(trial=trial).order_by("code")
        for arm in definition.arms
    ]


def kit_list(lot: Lot, *, user: User) -> Iterator[tuple[Kit, str]]:
    """Each kit of the lot with its arm, by number; for the packaging records.

    Raises:
        PermissionDenied: the person does not register kits.
    """
    require_permission(user, Permission.KIT_MAP, trial=lot.trial)
    content = dict(KitArm.objects.filter(kit__lot=lot).values_list("kit_id", "arm"))
    for kit in Kit.objects.filter(lot=lot).select_related("site").order_by("number"):
        yield kit, content.get(kit.pk, "")
