"""The audit trail. Its rows are written by database triggers; see `core.audit`."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from core.models.user import User


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def of_row(self, row: models.Model) -> Self:
        """What happened to one row, oldest first."""
        return self.filter(table_name=row._meta.db_table, row_pk=str(row.pk)).order_by("pk")

    def by(self, user: "User") -> Self:
        return self.filter(actor_id=user.pk)


class AuditEntry(models.Model):
    """One change of one row, or one event such as a sign-in. Never updated, never deleted.

    `changes` maps each changed column to `[old, new]`; for an event it holds details.
    The actor is copied, not linked, so that the entry stands by itself.
    """

    NOT_AUDITED = "it is the audit trail"

    class Action(models.TextChoices):
        INSERT = "insert", _("created")
        UPDATE = "update", _("changed")
        DELETE = "delete", _("removed")
        EVENT = "event", _("event")

    at = models.DateTimeField(_("when"), db_default=Now())
    action = models.CharField(_("action"), max_length=10, choices=Action.choices)
    event = models.CharField(_("event"), max_length=40, blank=True, default="")
    table_name = models.CharField(_("table"), max_length=80, blank=True, default="")
    row_pk = models.CharField(_("row"), max_length=40, blank=True, default="")
    changes = models.JSONField(_("changes"))
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("who"), max_length=150, blank=True, default="")
    actor_role = models.CharField(_("role"), max_length=120, blank=True, default="")
    reason = models.TextField(_("why"), blank=True, default="")
    source = models.CharField(_("from where"), max_length=200, blank=True, default="")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["table_name", "row_pk", "id"], name="audit_by_row"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")

    def __str__(self) -> str:
        return f"{self.pk} {self.action} {self.table_name} {self.row_pk}"


class AuditContext(models.Model):
    """SQLite's one-row stand-in for a session variable: who is writing in this transaction.

    It is set and cleared inside the writing transaction, and SQLite has one writer at a time,
    so nobody else ever reads it filled. PostgreSQL uses a transaction-local setting instead.
    """

    NOT_AUDITED = "it is a variable, not a record"

    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150, default="", db_default="")
    actor_role = models.CharField(max_length=120, default="", db_default="")
    reason = models.TextField(default="", db_default="")
    source = models.CharField(max_length=200, default="", db_default="")

    class Meta:
        verbose_name = _("audit context")
        verbose_name_plural = _("audit contexts")

    def __str__(self) -> str:
        return self.source
