"""The access review of a trial, its CSV, the rule on training, and what each role may do."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import audit
from core.actions.training import record_review, set_training_rule
from core.downloads import csv_download
from core.forms.people import ReasonForm, ReviewForm
from core.http import Request
from core.models.membership import Role
from core.permissions import ROLE_PERMISSIONS, Permission
from core.queries.people import REVIEW_COLUMNS, people_of, review_rows
from core.refusals import Refused
from core.second_factor import PROTECTED_ROLES
from core.views.people import administered


@require_http_methods(["GET", "HEAD", "POST"])
def access_review(request: Request, slug: str) -> HttpResponse:
    trial = administered(request, slug)
    people = people_of(trial, now=timezone.now(), today=timezone.localdate())
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            record_review(
                trial, by=request.user, people=len(people), now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
    if form.is_valid():
        messages.success(request, _("The review is recorded."))
        return redirect("core:access-review", trial.slug)
    reviews = trial.access_reviews.select_related("reviewed_by")
    context = {"people": people, "reviews": reviews, "form": form}
    return render(request, "core/access_review.html", context, status=422 if form.is_bound else 200)


@require_safe
def access_review_csv(request: Request, slug: str) -> HttpResponse:
    trial = administered(request, slug)
    people = people_of(trial, now=timezone.now(), today=timezone.localdate())
    rows = list(review_rows(trial, people))
    audit.record("export", by=request.user, target=trial, table="access-review", rows=len(rows))
    name = f"{trial.slug}-access-{timezone.localdate()}.csv"
    return csv_download(name, [REVIEW_COLUMNS, *rows])


@require_http_methods(["GET", "HEAD", "POST"])
def training_rule(request: Request, slug: str) -> HttpResponse:
    """Turns on, or off, that roles count only while trained for."""
    trial = administered(request, slug)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        required = not trial.requires_training
        try:
            set_training_rule(
                trial,
                by=request.user,
                required=required,
                today=timezone.localdate(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The rule on training is changed."))
            return redirect("core:person-list", trial.slug)
    status = 422 if form.is_bound else 200
    return render(request, "core/training_rule.html", {"form": form}, status=status)


@require_safe
def role_matrix(request: Request) -> HttpResponse:
    """Made from the table that decides, so it cannot differ from it."""
    lines: list[dict[str, Any]] = [
        {"permission": item, "held": [item in ROLE_PERMISSIONS[role] for role in Role]}
        for item in Permission
    ]
    factor = [role in PROTECTED_ROLES for role in Role]
    context = {"roles": list(Role), "lines": lines, "factor": factor}
    return render(request, "core/role_matrix.html", context)
