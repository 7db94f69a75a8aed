"""Entering, correcting and withdrawing a site's limits of normal."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.models import Site, User
from core.refusals import Refused
from outcomes.calc.limits_file import problem_of, read_limits
from outcomes.calc.normal_limits import NormalRange
from outcomes.models.limits import NormalLimits, tests_with_limits


def upload_limits(site: Site, *, by: User | None, content: bytes) -> int:
    """All rows of a CSV, or none. Returns their number.

    Raises:
        LimitsRefused: something in the file is wrong.
        Refused: the site has limits for a group and day of the file.
    """
    units = {name: field.unit for name, field in tests_with_limits().items()}
    return add_limits(site, read_limits(content, units), by=by)


def add_limits(site: Site, ranges: Iterable[NormalRange], *, by: User | None) -> int:
    """Adds ranges that overlap nothing that the site has. Returns their number.

    Raises:
        Refused: one overlaps, or cannot be limits; nothing is stored.
    """
    with audit.writing(by=by):
        Site.objects.select_for_update().get(pk=site.pk)
        known = _ranges(site)
        rows = []
        for each in ranges:
            _check(each, known)
            known.append(each)
            rows.append(NormalLimits(site=site, entered_by=by, **vars(each)))
        NormalLimits.objects.bulk_create(rows)
        audit.record("normal-limits", by=by, target=site, rows=len(rows))
    return len(rows)


def change_limits(
    row: NormalLimits,
    *,
    by: User,
    reason: str,
    low: Decimal | None,
    high: Decimal | None,
    valid_from: date,
) -> None:
    """Corrects numbers or the day of a row; the audit trail keeps what they were.

    Raises:
        Refused: the row was withdrawn, overlaps another or cannot be limits.
    """
    with audit.writing(by=by, reason=reason):
        row = _open_row(row)
        row.low, row.high, row.valid_from = low, high, valid_from
        _check(row.as_range, _ranges(row.site, without=row.pk))
        row.save(update_fields=["low", "high", "valid_from"])


def withdraw_limits(row: NormalLimits, *, by: User, reason: str) -> None:
    """The row holds for no sample any more.

    Raises:
        Refused: it was withdrawn before.
    """
    with audit.writing(by=by, reason=reason):
        row = _open_row(row)
        row.withdrawn_at, row.withdrawn_by = timezone.now(), by
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])


def _open_row(row: NormalLimits) -> NormalLimits:
    Site.objects.select_for_update().get(pk=row.site_id)
    row = NormalLimits.objects.select_related("site").get(pk=row.pk)
    if row.withdrawn_at is not None:
        raise Refused(_("These limits were withdrawn."))
    return row


def _ranges(site: Site, *, without: int = 0) -> list[NormalRange]:
    rows = NormalLimits.objects.filter(site=site, withdrawn_at=None).exclude(pk=without)
    return [row.as_range for row in rows]


def _check(limits: NormalRange, known: list[NormalRange]) -> None:
    if reason := problem_of(limits):
        raise Refused(_(reason))
    if any(limits.overlaps(other) for other in known):
        raise Refused(
            _(
                "The site has limits of %(test)s for this group from %(day)s on. Correct or"
                " withdraw those, or choose another day."
            )
            % {"test": limits.test, "day": limits.valid_from}
        )
