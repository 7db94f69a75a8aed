"""Training records, and whether a trial asks for them."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from core import audit
from core.models import AccessReview, TrainingRecord, Trial, User
from core.models.membership import Role
from core.policies.people import check_reach
from core.refusals import Refused


def record_training(
    user: User,
    *,
    by: User | None,
    trial: Trial,
    role: str,
    what: str,
    taken_on: date,
    valid_until: date | None,
    today: date,
) -> TrainingRecord:
    """
    Raises:
        Refused: the training is the recorder's own, was not taken yet, or would make a role count
            beyond the recorder's sites.
        ValidationError: it ends before it was taken, or there is no such role.
    """
    if by is not None and by.pk == user.pk:
        raise Refused(_("Nobody records their own training. Ask another administrator."))
    if by is not None:
        for held in trial.memberships.held().filter(user=user, role=role).select_related("site"):
            check_reach(by, trial=trial, site=held.site)
    if taken_on > today:
        raise Refused(_("Enter a day on which the training was taken, not one to come."))
    record = TrainingRecord(
        user=user,
        trial=trial,
        role=role,
        what=what,
        taken_on=taken_on,
        valid_until=valid_until,
        recorded_by=by,
    )
    record.full_clean()
    with audit.writing(by=by):
        record.save()
    return record


def set_training_rule(trial: Trial, *, by: User, required: bool, reason: str, today: date) -> None:
    """From now on roles count only while trained for, or always.

    Raises:
        Refused: the person administers some sites only, or would lose the right to turn it off.
    """
    check_reach(by, trial=trial, site=None)
    held = trial.memberships.held().filter(user=by)
    if required and not held.filter(held.trained(today), role=Role.ADMINISTRATOR).exists():
        raise Refused(_("Have your own training as administrator recorded first."))
    with audit.writing(by=by, reason=reason):
        Trial.objects.filter(pk=trial.pk).update(requires_training=required)


def record_review(
    trial: Trial, *, by: User, people: int, conclusion: str, now: datetime
) -> AccessReview:
    """Who looked through the list of access, when, and what came of it.

    Raises:
        Refused: the person administers some sites only.
    """
    check_reach(by, trial=trial, site=None)
    with audit.writing(by=by):
        return AccessReview.objects.create(
            trial=trial, reviewed_by=by, reviewed_at=now, people=people, conclusion=conclusion
        )
