from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission
from enrollment.queries.trials import trial_cards
from enrollment.queries.work import work_list


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
            "enters_data": has_permission(request.user, Permission.RECORD_EDIT),
            "nav": "home",
            "work": work_list(request.user, today=today),
            "today": today,
        },
    )
