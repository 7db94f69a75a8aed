"""What the events of the trail are called on a page. The trail itself keeps the key, in English."""

from django.utils.translation import gettext_lazy as _

EVENT_NAMES = {
    "activation letter": _("activation letter"),
    "analysis": _("analysis asked for"),
    "analysis-cancel": _("analysis stopped"),
    "backup": _("backup"),
    "casebook": _("casebook asked for"),
    "casebook download": _("casebook fetched"),
    "ctcae": _("CTCAE catalog loaded"),
    "data cut": _("data cut"),
    "export": _("export"),
    "export download": _("export fetched"),
    "failed second factor": _("failed second factor"),
    "failed sign-in": _("failed sign-in"),
    "failed signature authentication": _("failed signature authentication"),
    "figure data": _("data of a figure"),
    "file read": _("file read"),
    "kit list read": _("kit list read"),
    "kits registered": _("kits registered"),
    "nightly-run": _("nightly computation asked for"),
    "normal-limits": _("limits of normal"),
    "print": _("print"),
    "quality-run": _("data-quality checks asked for"),
    "quality-run-done": _("data-quality checks done"),
    "recovery codes renewed": _("recovery codes renewed"),
    "redaction": _("redaction"),
    "restore": _("restore"),
    "restore drill": _("restore drill"),
    "second factor added": _("second factor added"),
    "second factor removed": _("second factor removed"),
    "second factor reset": _("second factor reset"),
    "serious-event-submitted": _("serious event report sent"),
    "session ended": _("session ended"),
    "session time-out": _("session time-out"),
    "sign-in": _("sign-in"),
    "sign-out": _("sign-out"),
    "snapshot": _("snapshot"),
    "validation": _("validation"),
}


def event_name(event: str) -> str:
    """An event of an earlier release may have no name any more: then its key."""
    return str(EVENT_NAMES.get(event, event))
