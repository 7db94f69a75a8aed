"""While somebody types: what is typed is kept, and the page is told what it makes of it."""

from typing import Any

from django.http import HttpResponse, JsonResponse, QueryDict
from django.utils import timezone

from core.http import Request
from core.refusals import Refused
from enrollment.actions.typed import forget_typed, keep_typed
from enrollment.forms.entry import Entry
from enrollment.forms.live import said_of
from enrollment.models import FormRecord, LogForm, TypedForm
from enrollment.policies import Conflict
from enrollment.registry import FormSpec

_OF_THE_REQUEST = ("csrfmiddlewaretoken", "save")


def live_answer(request: Request, entry: Entry) -> HttpResponse:
    """Nothing becomes part of the record. Answers what to say beside each input, by its id."""
    entry.is_valid()
    entry.ask_checks(by=request.user)
    try:
        is_kept = _keep(request, entry)
    except Refused as refusal:
        return JsonResponse({"refused": str(refusal)}, status=422)
    return JsonResponse({"kept": is_kept, "fields": said_of(entry)})


def _keep(request: Request, entry: Entry) -> bool:
    """Whether there is anything to keep: not what is stored already, as after a late request."""
    if not entry.has_changed() or _is_stored(entry.record):
        forget_typed(request.path, by=request.user)
        return False
    values = {name: texts for name, texts in request.POST.lists() if name not in _OF_THE_REQUEST}
    keep_typed(entry.record.patient, request.path, values, by=request.user, at=timezone.now())
    return True


def _is_stored(record: FormRecord) -> bool:
    """Whether a new row of a log was saved under the name that the page gave it."""
    if not isinstance(record, LogForm) or record.pk is not None:
        return False
    return type(record).objects.filter(submission=record.submission).exists()


def reopened(
    spec: FormSpec, record: FormRecord, typed: TypedForm | None
) -> tuple[Entry, Conflict | None]:
    """The form as stored, or with what was typed; then also what was stored meanwhile."""
    if typed is None:
        return Entry(spec, record), None
    data = QueryDict(mutable=True)
    for name, texts in typed.values.items():
        data.setlist(name, texts)
    entry = Entry(spec, record, data=data)
    for form in entry.all_forms:
        form.is_valid()
    # A request on its way may have kept what was saved a moment later.
    if not entry.has_changed() or _is_stored(entry.record):
        return Entry(spec, record), None
    if data.get("revision") == str(record.revision) or record.pk is None:
        return entry, None
    stored: Any = type(record)._default_manager.get(pk=record.pk)
    entry.go_on_from(stored)
    return entry, Conflict(stored)
