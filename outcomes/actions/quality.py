"""The data-quality checks follow the night's snapshot."""

import logging

from core.refusals import Refused
from enrollment.actions.quality import complete_quality_run, queue_quality_run
from enrollment.models import QualityRun
from outcomes.models import NightlyRun

logger = logging.getLogger(__name__)


def check_after_night(run_id: int) -> QualityRun | None:
    """Checks the trial in this process; none after a snapshot that a person asked for, or while a
    run of the checks is under way.
    """
    night = NightlyRun.objects.select_related("trial").get(pk=run_id)
    if night.requested_by_id is not None:
        return None
    try:
        run = queue_quality_run(night.trial, by=None)
    except Refused as refusal:
        logger.warning("no checks of %s after the night: %s", night.trial.slug, refusal)
        return None
    return complete_quality_run(run.pk)
