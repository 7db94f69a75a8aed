"""What oversight allows. `check_x` raises the sentence that a person reads."""

from django.db.models import Q
from django.utils.translation import gettext as _

from core.models import Site, User
from core.permissions import Permission, has_permission
from core.refusals import Refused
from oversight.calc.life_cycle import Event, State, TransitionRefused, after
from oversight.calc.query_cycle import QueryEvent, QueryState, events_in
from oversight.models import Lock, lock_key
from oversight.models.query import LONGEST_TEXT, Query

MAY_WRITE = (Permission.QUERY_ANSWER, Permission.QUERY_RAISE, Permission.QUERY_CLOSE)
"""Any of these lets a person comment."""

MAY = {
    QueryEvent.ANSWER: (Permission.QUERY_ANSWER,),
    QueryEvent.COMMENT: MAY_WRITE,
    QueryEvent.CLOSE: (Permission.QUERY_CLOSE,),
    QueryEvent.REOPEN: (Permission.QUERY_CLOSE,),
}


def held_at(user: User, site: Site) -> frozenset[Permission]:
    """What the person may do with queries of the site."""
    return frozenset(held for held in MAY_WRITE if has_permission(user, held, site=site))


def steps_for(held: frozenset[Permission], query: Query) -> list[QueryEvent]:
    """What a person with these permissions can do to the query now."""
    possible = events_in(QueryState(query.state))
    return [event for event in possible if held.intersection(MAY[event])]


def check_text(text: str, *, is_needed: bool = True) -> None:
    if is_needed and not text.strip():
        raise Refused(_("Write what you want to say."))
    if len(text) > LONGEST_TEXT:
        raise Refused(_("Write at most %(most)d characters.") % {"most": LONGEST_TEXT})


def check_assignee(person: User | None, *, site_id: int) -> None:
    if person is None:
        return
    site = Site.objects.get(pk=site_id)
    if not has_permission(person, Permission.QUERY_ANSWER, site=site):
        raise Refused(_("Choose somebody who can answer queries at this site."))


def check_can_sign(state: str, *, asks_for_verification: bool) -> None:
    if state == State.COMPLETE and asks_for_verification:
        raise Refused(_("The monitor has to verify this form first."))
    check_event(state, Event.SIGN)


def check_can_lock(state: str, *, asks_for_signature: bool) -> None:
    if state in (State.COMPLETE, State.VERIFIED) and asks_for_signature:
        raise Refused(_("This form is not signed."))
    check_event(state, Event.LOCK)


def check_event(state: str, event: Event) -> None:
    """The sentence for whatever the table of transitions does not have."""
    try:
        after(State(state), event)
    except TransitionRefused as refused:
        raise Refused(_SENTENCES[refused.state]()) from None


_SENTENCES = {
    State.DRAFT: lambda: _("This form is not complete."),
    State.COMPLETE: lambda: _("This form is complete; this is not the next step."),
    State.VERIFIED: lambda: _("This form is verified already."),
    State.SIGNED: lambda: _("This form is signed already."),
    State.LOCKED: lambda: _("This form is locked. A data manager can unlock it."),
}


def check_open_to_writes(
    *,
    trial_id: int,
    site_id: int,
    patient_id: int | None = None,
    form: str = "",
    record_id: int | None = None,
    visit_id: int | None = None,
) -> None:
    """Says in a sentence what the database would refuse: nothing is written under a lock.

    With `visit_id`, a lock of any form of the visit counts as well.
    """
    keys = [lock_key("trial", trial_id), lock_key("site", site_id)]
    if patient_id is not None:
        keys.append(lock_key("patient", patient_id))
    if record_id is not None:
        keys.append(lock_key("form", form, record_id))
    covers = Q(key__in=keys)
    if visit_id is not None:
        covers |= Q(visit_id=visit_id)
    lock = Lock.objects.open().filter(covers).order_by("-kind").first()
    if lock is not None:
        raise Refused(_why_covered(lock, is_visit=visit_id is not None))


def _why_covered(lock: Lock, *, is_visit: bool) -> str:
    is_locked = lock.kind == Lock.Kind.LOCK
    if lock.scope == Lock.Scope.TRIAL:
        what = _("This trial is locked.") if is_locked else _("This trial is frozen.")
    elif lock.scope == Lock.Scope.SITE:
        what = _("This site is locked.") if is_locked else _("This site is frozen.")
    elif lock.scope == Lock.Scope.PATIENT:
        what = _("This patient is locked.") if is_locked else _("This patient is frozen.")
    elif is_visit:
        what = (
            _("A form of this visit is locked.")
            if is_locked
            else _("A form of this visit is frozen.")
        )
    else:
        what = _("This form is locked.") if is_locked else _("This form is frozen.")
    return " ".join([what, _("Nothing can be changed until a data manager lifts this.")])
