"""Opening a site for entry after its approvals, and closing it again."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from core import audit
from core.models import Site, SiteOpening, User
from core.policies.sites import is_open
from core.refusals import Refused


def open_site(
    site: Site, *, by: User | None, approved_on: date, approval: str, now: datetime, today: date
) -> SiteOpening:
    """From now on patients are screened at the site. `approval` is who approved, and the number.

    Raises:
        Refused: the approval is still to come, or the site is open already.
    """
    if approved_on > today:
        raise Refused(_("Enter a day of approval that is not in the future."))
    with audit.writing(by=by):
        if is_open(_locked(site)):
            raise Refused(_("This site is open already."))
        return SiteOpening.objects.create(
            site=site,
            kind=SiteOpening.Kind.OPEN,
            approved_on=approved_on,
            approval=approval,
            recorded_by=by,
            recorded_at=now,
        )


def close_site(site: Site, *, by: User, reason: str, now: datetime) -> SiteOpening:
    """Nobody else is screened at the site; entry for its patients goes on.

    Raises:
        Refused: the site is not open.
    """
    with audit.writing(by=by, reason=reason):
        if not is_open(_locked(site)):
            raise Refused(_("This site is closed already."))
        return SiteOpening.objects.create(
            site=site,
            kind=SiteOpening.Kind.CLOSE,
            reason=reason,
            recorded_by=by,
            recorded_at=now,
        )


def _locked(site: Site) -> Site:
    """Screening takes the same lock: a patient is added before the site closes, or not at all."""
    return Site.objects.select_for_update().get(pk=site.pk)
