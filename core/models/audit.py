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
    # Where it belongs; see core.audit.scope.
    trial_id = models.BigIntegerField(_("trial"), null=True)
    site_id = models.BigIntegerField(_("site"), null=True)
    patient_id = models.BigIntegerField(_("patient"), null=True)
    visit_id = models.BigIntegerField(_("visit"), null=True)
    person_id = models.BigIntegerField(_("about whom"), null=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["table_name", "row_pk", "id"], name="audit_by_row"),
            models.Index(fields=["at"], name="audit_by_time"),
            *(
                models.Index(
                    fields=[f"{word}_id", "id"],
                    name=f"audit_by_{word}",
                    condition=models.Q((f"{word}_id__isnull", False)),
                )
                for word in ("trial", "patient", "person")
            ),
        ]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")

    def __str__(self) -> str:
        return f"{self.pk} {self.action} {self.table_name} {self.row_pk}"


class AuditSeal(models.Model):
    """One link of the chain of hashes over the trail: a short batch of entries.

    `ranges` are the ids of its entries, as pairs of first and last; `leaves` their SHA-256, in the
    order of the ids. `hash` covers all of this and the hash of the link before (core.audit.chain).
    Every id up to `settled_id` is in this link or an earlier one, or will never exist.
    """

    NOT_AUDITED = "it seals the audit trail"

    id = models.PositiveBigIntegerField(_("position"), primary_key=True)
    sealed_at = models.DateTimeField(_("sealed"))
    entry_count = models.PositiveIntegerField(_("entries"))
    first_id = models.BigIntegerField(_("first entry"))
    last_id = models.BigIntegerField(_("last entry"))
    high_id = models.BigIntegerField(_("last entry so far"))
    settled_id = models.BigIntegerField(_("settled up to"))
    transaction = models.BigIntegerField(_("transaction"))
    ranges = models.JSONField(_("entries"))
    leaves = models.BinaryField(_("hashes of the entries"))
    hash = models.CharField("SHA-256", max_length=64)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["first_id", "id"], name="seal_by_first_entry")]
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")

    def __str__(self) -> str:
        return f"{self.pk} {self.hash[:12]}"


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
