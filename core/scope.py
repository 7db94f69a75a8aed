"""First step of every view of a trial: the trial as far as the person can see it, else 404."""

from django.shortcuts import get_object_or_404
from django.utils import timezone

from core.http import Request
from core.models import Site, Trial


def trial_or_404(request: Request, slug: str) -> Trial:
    trial = get_object_or_404(Trial.objects.visible_to(request.user), slug=slug)
    enter(request, trial)
    return trial


def enter(request: Request, trial: Trial, site: Site | None = None) -> None:
    """Names the trial for the page's frame and shows times in the site's zone."""
    request.trial = trial
    if site is not None:
        timezone.activate(site.time_zone)
