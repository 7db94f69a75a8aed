"""What is said about one field: its queries, its history, its comments. A page, and a pop-over."""

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.http import Request
from core.models import User
from core.permissions import Permission, has_permission, require_permission
from core.queries.audit import Change
from core.refusals import Refused
from enrollment import registry
from enrollment.forms.talk import AssignForm, TextForm, ThreadForm
from enrollment.queries.history import history_of_field, history_of_form
from enrollment.queries.spots import Spot, find_spot
from enrollment.views.links import entry_url, flag_of, talk_url
from enrollment.views.scope import patient_or_404
from oversight.actions import assign_query, comment_on, raise_query, respond
from oversight.calc.place import Place
from oversight.calc.query_cycle import QueryEvent
from oversight.models import Query
from oversight.policies import MAY, held_at, steps_for
from oversight.queries import NO_MARK, comments_at, field_marks, threads_at, who_can_answer

MOST_CHANGES = 40
"""Of a whole form in the pop-over; the trail's own pages have the rest."""


@require_safe
def field_detail(request: Request, pk: int, slug: str, record_pk: int) -> HttpResponse:
    return _talk(request, _spot_or_404(request, pk, slug, record_pk))


@require_POST
def query_raise(request: Request, pk: int, slug: str, record_pk: int) -> HttpResponse:
    spot = _spot_or_404(request, pk, slug, record_pk)
    site = spot.record.patient.site
    require_permission(request.user, Permission.QUERY_RAISE, site=site)
    form = TextForm(request.POST, prefix="ask", people=who_can_answer(site))
    if not form.is_valid():
        return _talk(request, spot, ask=form, status=422)
    try:
        raise_query(
            spot.place,
            by=request.user,
            question=form.cleaned_data["text"],
            assignee=form.person,
            submission=form.cleaned_data["submission"],
        )
    except Refused as refusal:
        form.add_error("text", str(refusal))
        return _talk(request, spot, ask=form, status=422)
    return _said(request, spot)


@require_POST
def comment_add(request: Request, pk: int, slug: str, record_pk: int) -> HttpResponse:
    spot = _spot_or_404(request, pk, slug, record_pk)
    if not held_at(request.user, spot.record.patient.site):
        require_permission(request.user, Permission.QUERY_ANSWER, site=spot.record.patient.site)
    form = TextForm(request.POST, prefix="comment")
    if not form.is_valid():
        return _talk(request, spot, comment=form, status=422)
    comment_on(
        spot.place,
        by=request.user,
        text=form.cleaned_data["text"],
        submission=form.cleaned_data["submission"],
    )
    return _said(request, spot)


@require_POST
def query_respond(request: Request, pk: int) -> HttpResponse:
    """Answers, comments, closes or reopens, as the pressed button says."""
    query = _query_or_404(request, pk)
    spot = _spot_of(request, query)
    form = ThreadForm(request.POST, prefix=f"query-{query.pk}")
    if not form.is_valid():
        _require_step(request, query, form.event)
        return _talk(request, spot, threads={query.pk: form}, status=422)
    _require_step(request, query, form.event)
    try:
        respond(
            query,
            form.cleaned_data["event"],
            by=request.user,
            text=form.cleaned_data["text"],
            expected_revision=form.cleaned_data["revision"],
            submission=form.cleaned_data["submission"],
        )
    except Refused as refusal:
        form.add_error("text", str(refusal))
        return _talk(request, spot, threads={query.pk: form}, status=422)
    return _said(request, spot)


@require_POST
def query_assign(request: Request, pk: int) -> HttpResponse:
    query = _query_or_404(request, pk)
    spot = _spot_of(request, query)
    require_permission(request.user, Permission.QUERY_RAISE, site=query.site)
    form = AssignForm(request.POST, prefix=f"assign-{query.pk}", people=who_can_answer(query.site))
    if not form.is_valid():
        return _talk(request, spot, assign={query.pk: form}, status=422)
    try:
        assign_query(query, by=request.user, to=form.person)
    except Refused as refusal:
        form.add_error("assignee", str(refusal))
        return _talk(request, spot, assign={query.pk: form}, status=422)
    return _said(request, spot)


def _require_step(request: Request, query: Query, event: QueryEvent | None) -> None:
    """An unknown step (a changed page) needs no more than the right to write."""
    wanted = MAY[event] if event is not None else MAY[QueryEvent.COMMENT]
    if not held_at(request.user, query.site).intersection(wanted):
        require_permission(request.user, wanted[0], site=query.site)


def _query_or_404(request: Request, pk: int) -> Query:
    queries = Query.objects.visible_to(request.user).select_related("site")
    return get_object_or_404(queries, pk=pk)


def _spot_of(request: Request, query: Query) -> Spot:
    return _spot(request, query.place)


def _spot_or_404(request: Request, pk: int, slug: str, record_pk: int) -> Spot:
    row = request.GET.get("row", "")
    if row and not (row.isascii() and row.isdecimal() and len(row) < 6):
        raise Http404
    number, field = int(row) if row else None, request.GET.get("field", "")
    return _spot(request, Place(0, pk, None, slug, record_pk, number, field))


def _spot(request: Request, place: Place) -> Spot:
    """Of the place only what names record and field: the site is the patient's."""
    patient = patient_or_404(request, place.patient_id)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    try:
        spec = registry.get(place.form)
    except KeyError:
        raise Http404 from None
    records = spec.model._default_manager.filter(patient=patient)
    record = get_object_or_404(records, pk=place.record_id)
    record.patient = patient
    try:
        return find_spot(spec, record, row_number=place.row_number, field=place.field)
    except LookupError:
        raise Http404 from None


def _said(request: Request, spot: Spot) -> HttpResponse:
    """Done: the pop-over shows it, the page is loaded anew."""
    if request.headers.get("HX-Request"):
        return _talk(request, spot)
    return redirect(talk_url(spot.place))


def _talk(
    request: Request,
    spot: Spot,
    *,
    ask: TextForm | None = None,
    comment: TextForm | None = None,
    threads: dict[int, ThreadForm] | None = None,
    assign: dict[int, AssignForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    place, site = spot.place, spot.record.patient.site
    held = held_at(request.user, site)
    may_raise = Permission.QUERY_RAISE in held
    people = who_can_answer(site) if may_raise else []
    mark = field_marks(place.form, place.record_id).get((place.row_number, place.field), NO_MARK)
    sees_history = has_permission(request.user, Permission.AUDIT_VIEW, site=site)
    context: dict[str, Any] = {
        "trial": spot.record.patient.trial,
        "nav": "patients",
        "patient": spot.record.patient,
        "spot": spot,
        "back": entry_url(place),
        "raise_url": talk_url(place, "enrollment:query-raise"),
        "comment_url": talk_url(place, "enrollment:comment-add"),
        "flag": flag_of(place, mark),
        "threads": [
            {
                "query": query,
                "steps": steps_for(held, query),
                "form": (threads or {}).get(query.pk)
                or ThreadForm(
                    prefix=f"query-{query.pk}",
                    initial={"revision": query.revision, "submission": uuid4()},
                ),
                "assign": (assign or {}).get(query.pk)
                or AssignForm(
                    prefix=f"assign-{query.pk}",
                    people=people,
                    initial={"assignee": query.assignee_id or ""},
                )
                if may_raise and not query.is_closed
                else None,
            }
            for query in threads_at(place)
        ],
        "comments": comments_at(place),
        "ask": (ask or TextForm(prefix="ask", people=people, initial={"submission": uuid4()}))
        if may_raise
        else None,
        "comment": (comment or TextForm(prefix="comment", initial={"submission": uuid4()}))
        if held
        else None,
        "sees_history": sees_history,
        "history": _history(spot, request.user) if sees_history else [],
        "title": spot.label if spot.field else _("The form as a whole"),
    }
    is_fragment = bool(request.headers.get("HX-Request"))
    template = "enrollment/_field_talk.html" if is_fragment else "enrollment/field_detail.html"
    return render(request, template, context | {"is_fragment": is_fragment}, status=status)


def _history(spot: Spot, reader: User) -> list[Change]:
    """Newest first; of a whole form only the last changes, for it has dozens of fields."""
    if spot.field is None:
        return history_of_form(spot.record, reader=reader)[: -MOST_CHANGES - 1 : -1]
    return history_of_field(spot.row or spot.record, spot.field.name, reader=reader)[::-1]
