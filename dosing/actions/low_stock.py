"""Notices that few kits are left at a site. They count kits of all arms together: no arm shows."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actions.notices import store_notices
from core.models import Notice, NoticeKind, NoticeRecipient, Trial, User
from core.permissions import Permission, sites_where
from dosing.queries.stock import SiteStock, stock_by_site
from enrollment.queries.trials import current_version

REPEATED_AFTER = timedelta(days=7)


def store_low_stock(trial: Trial, *, now: datetime) -> list[int]:
    """The ids of the new notices: for each site that has too few kits, to the trial's named people
    who may see its stock; the same to the same person once in seven days.
    """
    Trial.objects.select_for_update().get(pk=trial.pk)
    named = NoticeRecipient.objects.reached().filter(trial=trial, kind=NoticeKind.LOW_STOCK)
    people = [recipient.user for recipient in named.select_related("user")]
    if not people:
        return []
    definition = current_version(trial).definition
    stock = stock_by_site(trial, definition, today=timezone.localdate(now))
    low = [line for line in stock if line.is_low]
    told = set(
        Notice.objects.filter(
            trial=trial, kind=NoticeKind.LOW_STOCK, created_at__gt=now - REPEATED_AFTER
        ).values_list("user_id", "path")
    )
    stored = []
    for person in people:
        seen = set(sites_where(person, Permission.KIT_VIEW).values_list("pk", flat=True))
        for line in low:
            if line.site.pk in seen and (person.pk, _path(line)) not in told:
                stored += _store(line, person)
    return stored


def _path(line: SiteStock) -> str:
    stock = reverse("dosing:stock-list", args=[line.site.trial.slug])
    return f"{stock}?site={line.site.code}"


def _store(line: SiteStock, person: User) -> list[int]:
    return store_notices(
        NoticeKind.LOW_STOCK,
        trial=line.site.trial,
        subject=lambda: _("Few kits left at site %(site)s") % {"site": line.site.code},
        text=lambda: (
            ngettext(
                "%(free)d kit can be given to a patient; the trial wants to have %(wanted)d here.",
                "%(free)d kits can be given to patients; the trial wants to have %(wanted)d here.",
                line.free,
            )
            % {"free": line.free, "wanted": line.wanted}
        ),
        path=_path(line),
        people=[person],
    )
