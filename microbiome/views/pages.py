"""A page that asks for one thing and goes on."""

from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from core.http import Request
from core.models import Trial


def form_page(
    request: Request,
    trial: Trial,
    form: Form,
    *,
    title: str | Promise,
    verb: str | Promise,
    **more: Any,
) -> HttpResponse:
    context = {"trial": trial, "nav": "specimens", "form": form, "title": title, "verb": verb}
    status = 422 if form.is_bound else 200
    return render(request, "microbiome/specimen_form.html", context | more, status=status)
