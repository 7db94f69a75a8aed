"""Once a day a letter to each person for whom queries wait: counts and a link, no more."""

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actions.notices import store_notices
from core.models import Notice, NoticeKind, NoticeRecipient, Trial, User
from core.permissions import Permission, sites_where
from oversight.calc.query_cycle import QueryState
from oversight.models import Query


def store_digests(trial: Trial, *, now: datetime) -> list[int]:
    """The ids of the new notices: for the trial's named people and for whoever a query is assigned
    to, where something waits for them. Whoever has today's letter gets no second one.
    """
    Trial.objects.select_for_update().get(pk=trial.pk)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    told = Notice.objects.filter(
        trial=trial, kind=NoticeKind.QUERY_DIGEST, created_at__gte=midnight
    ).values("user")
    people = _named(trial).exclude(pk__in=told).order_by("pk")
    stored = []
    for person in people:
        to_answer = _to_answer(trial, person)
        to_review = _to_review(trial, person)
        if to_answer or to_review:
            stored += _store(trial, person, to_answer=to_answer, to_review=to_review)
    return stored


def _named(trial: Trial) -> QuerySet[User]:
    named = NoticeRecipient.objects.reached().filter(trial=trial, kind=NoticeKind.QUERY_DIGEST)
    assigned = Query.objects.to_answer().in_trial(trial).filter(assignee__isnull=False)
    known = User.objects.filter(is_active=True)
    return (
        known.filter(pk__in=named.values("user"))
        | known.filter(pk__in=assigned.order_by().values("assignee"))
    ).distinct()


def _to_answer(trial: Trial, person: User) -> int:
    waiting = Query.objects.to_answer().in_trial(trial)
    waiting = waiting.filter(site__in=sites_where(person, Permission.QUERY_ANSWER))
    return (waiting.filter(assignee=person) | waiting.filter(assignee__isnull=True)).count()


def _to_review(trial: Trial, person: User) -> int:
    answered = Query.objects.in_trial(trial).filter(state=QueryState.ANSWERED)
    return answered.filter(site__in=sites_where(person, Permission.QUERY_CLOSE)).count()


def _store(trial: Trial, person: User, *, to_answer: int, to_review: int) -> list[int]:
    def subject() -> str:
        return _("%(trial)s: queries wait for you") % {"trial": trial.short_title}

    def text() -> str:
        lines = []
        if to_answer:
            lines.append(
                ngettext(
                    "%(count)d query waits for an answer.",
                    "%(count)d queries wait for an answer.",
                    to_answer,
                )
                % {"count": to_answer}
            )
        if to_review:
            lines.append(
                ngettext(
                    "%(count)d answered query waits for your review.",
                    "%(count)d answered queries wait for your review.",
                    to_review,
                )
                % {"count": to_review}
            )
        return "\n".join(lines)

    return store_notices(
        NoticeKind.QUERY_DIGEST,
        trial=trial,
        subject=subject,
        text=text,
        path=reverse("enrollment:query-list", args=[trial.slug]),
        people=[person],
    )
