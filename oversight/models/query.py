"""Questions about the data: raised by a person or by a check, answered, closed."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedQuerySet
from oversight.calc.place import Place
from oversight.calc.query_cycle import NOT_CLOSED, TO_ANSWER, QueryEvent, QueryState
from oversight.models.about import AboutField

LONGEST_TEXT = 2000


class QueryStates(models.TextChoices):
    OPEN = QueryState.OPEN.value, _("open")
    ANSWERED = QueryState.ANSWERED.value, _("answered")
    REOPENED = QueryState.REOPENED.value, _("reopened")
    CLOSED = QueryState.CLOSED.value, _("closed")


class QueryEvents(models.TextChoices):
    """What a person did, for the thread."""

    ANSWER = QueryEvent.ANSWER.value, _("answered")
    COMMENT = QueryEvent.COMMENT.value, _("commented")
    CLOSE = QueryEvent.CLOSE.value, _("closed")
    REOPEN = QueryEvent.REOPEN.value, _("reopened")


class QueryQuerySet(SiteScopedQuerySet["Query"]):
    def not_closed(self) -> Self:
        return self.filter(state__in=NOT_CLOSED)

    def to_answer(self) -> Self:
        return self.filter(state__in=TO_ANSWER)

    def at(self, place: Place) -> Self:
        """Queries about exactly this field, or about the form as a whole."""
        return self.filter(
            form=place.form,
            record_id=place.record_id,
            row_number=place.row_number,
            field=place.field,
        )

    def of_record(self, form: str, record_id: int) -> Self:
        """Queries about the form or any of its fields."""
        return self.filter(form=form, record_id=record_id)


class Query(AboutField):
    """One question. `check_code` names the data-quality check that raised it; empty for a person.

    `revision` counts what was written in the thread, so that nobody answers unseen words.
    """

    state = models.CharField(
        _("state"), max_length=10, choices=QueryStates.choices, default=QueryStates.OPEN
    )
    question = models.TextField(_("question"), max_length=LONGEST_TEXT)
    check_code = models.CharField(_("check"), max_length=10, blank=True, default="")
    evidence = models.CharField(
        _("what the check saw"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("A digest: tells whether the data changed since a person closed the query."),
    )
    raised_at = models.DateTimeField(_("raised"))
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("raised by"),
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("assigned to"),
    )
    changed_at = models.DateTimeField(_("last written in"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("closed by"),
    )
    revision = models.PositiveIntegerField(_("revision"), default=1)
    # Names one press of the button, so that a doubled request asks once.
    submission = models.UUIDField(null=True, unique=True, editable=False)

    objects: ClassVar[Any] = QueryQuerySet.as_manager()

    class Meta(AboutField.Meta):
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["form", "record_id"], name="query_by_record"),
            models.Index(fields=["state", "site"], name="query_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                F("check_code"),
                F("form"),
                F("record_id"),
                Coalesce("row_number", 0),
                F("field"),
                condition=~Q(check_code="") & ~Q(state="closed"),
                name="query_automatic_once",
                violation_error_message=_("This check has an open query about this field already."),
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | Q(~Q(state="closed"), closed_at__isnull=True),
                name="query_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | Q(closed_at__isnull=False),
                name="query_closed_pair",
            ),
            models.CheckConstraint(
                condition=~Q(check_code="") | Q(raised_by__isnull=False),
                name="query_raised_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(check_code="")
                | Q(closed_at__isnull=True)
                | Q(closed_by__isnull=False),
                name="query_of_person_closed_by_person",
            ),
            models.CheckConstraint(condition=~Q(question=""), name="query_asks_something"),
        ]
        verbose_name = _("query")
        verbose_name_plural = _("queries")

    def __str__(self) -> str:
        return f"{self.pk} {self.form} {self.field} {self.state}"

    @property
    def place(self) -> Place:
        return Place(
            self.site_id,
            self.patient_id,
            self.visit_id,
            self.form,
            self.record_id,
            self.row_number,
            self.field,
        )

    @property
    def is_automatic(self) -> bool:
        return self.check_code != ""

    @property
    def is_closed(self) -> bool:
        return self.state == QueryState.CLOSED


class QueryMessage(models.Model):
    """What happened to a query after it was raised, oldest first. Nobody but the system: `by`
    is empty."""

    SITE_PATH = "query__site"
    APPEND_ONLY = True

    query = models.ForeignKey(Query, models.PROTECT, related_name="messages")
    event = models.CharField(_("event"), max_length=10, choices=QueryEvents.choices)
    text = models.TextField(_("text"), max_length=LONGEST_TEXT, blank=True, default="")
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("who")
    )
    submission = models.UUIDField(null=True, unique=True, editable=False)

    objects = SiteScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(event="close") | ~Q(text=""), name="query_message_says_something"
            )
        ]
        verbose_name = _("message of a query")
        verbose_name_plural = _("messages of queries")

    def __str__(self) -> str:
        return f"{self.query_id} {self.event}"
