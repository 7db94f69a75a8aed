"""A person's API tokens: list, create, revoke."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from core.actions.tokens import create_token, revoke_token
from core.forms.tokens import TokenForm
from core.http import Request
from core.models import ApiToken


@require_safe
def token_list(request: Request) -> HttpResponse:
    tokens = ApiToken.objects.visible_to(request.user).select_related("trial")
    return render(request, "core/token_list.html", {"tokens": tokens, "now": timezone.now()})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables("issued")
def token_create(request: Request) -> HttpResponse:
    """The answer to the POST is the only page that ever shows the secret."""
    chosen = {"trial": request.GET.get("trial")}
    data = request.POST if request.method == "POST" else None
    form = TokenForm(data, user=request.user, initial=chosen)
    if form.is_valid():
        issued = create_token(
            by=request.user, user=request.user, now=timezone.now(), **form.cleaned_data
        )
        return render(request, "core/token_created.html", {"issued": issued})
    status = 422 if form.is_bound else 200
    return render(request, "core/token_create.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: Request, pk: int) -> HttpResponse:
    """Asks once more, then revokes."""
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "core/token_revoke.html", {"token": token})
    revoke_token(token, by=request.user, now=timezone.now())
    messages.success(request, _("The token is revoked. Scripts that use it stop working now."))
    return redirect("core:token-list")
