"""Asking, answering, closing. Each step is one transaction and safe to send twice."""

from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.refusals import Refused
from oversight.calc.place import Place
from oversight.calc.query_cycle import (
    NEEDS_TEXT,
    QueryEvent,
    QueryState,
    QueryTransitionRefused,
    query_after,
)
from oversight.models import FieldComment, Query, QueryMessage
from oversight.policies import check_assignee, check_text


def raise_query(
    place: Place,
    *,
    by: User,
    question: str,
    assignee: User | None = None,
    submission: UUID | None = None,
) -> Query:
    """A person asks. `submission` names the page that was sent: sent twice, it asks once.

    Raises:
        Refused: nothing is asked, or the assignee cannot answer at the site.
    """
    with audit.writing(by=by):
        if submission is not None:
            known = Query.objects.filter(submission=submission).first()
            if known is not None:
                if known.place != place:
                    raise Refused(_("This page was opened for another field. Open it again."))
                return known
        check_text(question)
        check_assignee(assignee, site_id=place.site_id)
        now = timezone.now()
        return Query.objects.create(
            **place.columns,
            question=question.strip(),
            raised_by=by,
            raised_at=now,
            changed_at=now,
            assignee=assignee,
            submission=submission,
        )


def respond(
    query: Query,
    event: QueryEvent,
    *,
    by: User,
    text: str = "",
    expected_revision: int,
    submission: UUID | None = None,
) -> Query:
    """Answers, comments, closes or reopens. Whether the person may is the caller's question.

    Raises:
        Refused: the query's state does not allow it, the text is missing, or somebody else wrote
            since the person looked.
    """
    with audit.writing(by=by):
        query = Query.objects.select_for_update().get(pk=query.pk)
        if submission is not None and query.messages.filter(submission=submission).exists():
            return query
        if query.revision != expected_revision:
            raise Refused(
                _("Somebody else wrote in this query meanwhile. Read it, then send yours again.")
            )
        check_text(text, is_needed=event in NEEDS_TEXT)
        try:
            query.state = query_after(QueryState(query.state), event).value
        except QueryTransitionRefused:
            raise Refused(
                _("This query is %(state)s: this step is not possible.")
                % {"state": query.get_state_display()}
            ) from None
        record_event(query, event, by=by, text=text, submission=submission)
    return query


def assign_query(query: Query, *, by: User, to: User | None) -> Query:
    """Names who should answer; none means all coordinators and investigators of the site.

    Raises:
        Refused: the person cannot answer at the site, or the query is closed.
    """
    check_assignee(to, site_id=query.site_id)
    with audit.writing(by=by):
        query = Query.objects.select_for_update().get(pk=query.pk)
        if query.is_closed:
            raise Refused(_("A closed query needs nobody to answer it."))
        query.assignee = to
        query.save(update_fields=["assignee"])
    return query


def comment_on(
    place: Place, *, by: User, text: str, submission: UUID | None = None
) -> FieldComment:
    """Notes something beside a field. `submission` as for `raise_query`.

    Raises:
        Refused: nothing is said.
    """
    with audit.writing(by=by):
        if submission is not None:
            known = FieldComment.objects.filter(submission=submission).first()
            if known is not None:
                return known
        check_text(text)
        return FieldComment.objects.create(
            **place.columns, text=text.strip(), by=by, at=timezone.now(), submission=submission
        )


def record_event(
    query: Query,
    event: QueryEvent,
    *,
    by: User | None,
    text: str = "",
    submission: UUID | None = None,
) -> None:
    """Writes the message, and the query whose state the caller has set."""
    now = timezone.now()
    QueryMessage.objects.create(
        query=query, event=event, text=text.strip(), at=now, by=by, submission=submission
    )
    is_closed = query.is_closed
    query.closed_at, query.closed_by = (now, by) if is_closed else (None, None)
    query.changed_at = now
    query.revision += 1
    query.save(
        update_fields=["state", "evidence", "closed_at", "closed_by", "changed_at", "revision"]
    )
