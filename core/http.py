"""What a view is given: `LoginRequiredMiddleware` lets nobody in who has not signed in."""

from django.http import HttpRequest

from core.models import Trial, User


class Request(HttpRequest):
    """For annotations only: the request of a signed-in person."""

    user: User
    trial: Trial
    """The trial of the page, where it has one; set by `core.scope.enter`."""
