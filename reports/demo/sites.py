"""The demo's sites are open for entry, with an approval that is invented like its patients."""

from datetime import datetime

from core.actions.sites import open_site
from core.models import Site, Trial, User
from reports.demo.people import TRAINED_ON


def open_demo_sites(trial: Trial, *, by: User, now: datetime) -> None:
    """Opens those that nobody opened or closed yet; what people changed stays."""
    for site in Site.objects.filter(trial=trial, openings__isnull=True):
        open_site(
            site,
            by=by,
            approved_on=TRAINED_ON,
            approval=f"Demo Ethics Committee, DEC-2024-{site.code}",
            now=now,
            today=TRAINED_ON,
        )
