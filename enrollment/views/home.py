from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission
from core.queries.training import waiting_roles
from enrollment.alerts import alerts
from enrollment.queries.query_list import query_work
from enrollment.queries.review_work import review_work
from enrollment.queries.trials import trial_cards
from enrollment.queries.work import work_list
from enrollment.views.links import entry_url, talk_url


@require_safe
def home(request: Request) -> HttpResponse:
    """The person's trials, and what waits for them."""
    today = timezone.localdate()
    trials = Trial.objects.visible_to(request.user)
    return render(
        request,
        "enrollment/home.html",
        {
            "cards": trial_cards(trials, user=request.user),
            "waiting_roles": waiting_roles(request.user, today=today),
            "enters_data": has_permission(request.user, Permission.RECORD_EDIT),
            "nav": "home",
            "alerts": alerts(request.user, at=timezone.now()),
            "work": work_list(request.user, today=today),
            "query_lists": _query_lists(request),
            "review_work": review_work(request.user),
            "today": today,
        },
    )


def _query_lists(request: Request) -> list[dict[str, object]]:
    """Queries to answer and to review, where there are any."""
    work = query_work(request.user, now=timezone.now())
    lists = [
        ("to-answer", _("Queries to answer"), work.to_answer, work.to_answer_count),
        ("to-review", _("Answered queries to review"), work.to_review, work.to_review_count),
    ]
    return [
        {
            "name": name,
            "title": title,
            "count": count,
            "lines": [
                {
                    "line": line,
                    "url": entry_url(line.query.place),
                    "talk": talk_url(line.query.place),
                }
                for line in lines
            ],
        }
        for name, title, lines, count in lists
        if lines
    ]
