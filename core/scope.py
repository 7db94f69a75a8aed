"""First step of every view of a trial: the trial as far as the person can see it, else 404."""

from django.db.models import Max, Min
from django.shortcuts import get_object_or_404
from django.utils import timezone

from core.http import Request
from core.models import Site, Trial


def trial_or_404(request: Request, slug: str) -> Trial:
    zones = {"first_zone": Min("sites__time_zone"), "last_zone": Max("sites__time_zone")}
    trial = get_object_or_404(Trial.objects.visible_to(request.user).annotate(**zones), slug=slug)
    enter(request, trial)
    first, last = (vars(trial)[name] for name in zones)
    if first and first == last:
        timezone.activate(first)
    return trial


def enter(request: Request, trial: Trial, site: Site | None = None) -> None:
    """Names the trial for the page's frame and shows times in the site's zone; of a trial, in the
    zone of all its sites, else in that of the installation. Never in the zone of the page that
    this thread answered before."""
    request.trial = trial
    timezone.deactivate()
    if site is not None:
        timezone.activate(site.time_zone)
