"""The audit trail. Its rows are written by database triggers; see `core.audit`."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
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
    """One change of one row, or one event such as a sign-in. Never deleted; never updated but by
    a redaction that two persons confirmed (`AuditRedaction`).

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


class AuditRedaction(models.Model):
    """One field of one entry whose values two persons take out of the trail.

    Proposed by one, confirmed by another; the values themselves are nowhere in this row. The
    digests are those of the entry (`core.audit.chain.leaf`) before and after, in hexadecimal, so
    that the chain, which holds the one before, stays verifiable.
    """

    APPEND_ONLY = True
    FILLED_ONCE = ("confirmed_by", "confirmed_at", "entry_digest_before", "entry_digest_after")

    trial = models.ForeignKey("core.Trial", models.PROTECT, related_name="+")
    entry_id = models.BigIntegerField(_("audit entry"))
    field = models.CharField(_("field"), max_length=80)
    reason = models.TextField(_("reason"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    entry_digest_before = models.CharField(
        _("SHA-256 before"), max_length=64, blank=True, default=""
    )
    entry_digest_after = models.CharField(_("SHA-256 after"), max_length=64, blank=True, default="")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["entry_id", "field"], name="audit_redaction_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="audit_redaction_has_reason"),
            models.CheckConstraint(
                condition=Q(
                    confirmed_at__isnull=True,
                    confirmed_by__isnull=True,
                    entry_digest_before="",
                    entry_digest_after="",
                )
                | (
                    Q(confirmed_at__isnull=False, confirmed_by__isnull=False)
                    & ~Q(entry_digest_before="")
                    & ~Q(confirmed_by=F("proposed_by"))
                ),
                name="audit_redaction_by_two",
            ),
        ]
        verbose_name = _("redaction of the audit trail")
        verbose_name_plural = _("redactions of the audit trail")

    def __str__(self) -> str:
        return f"{self.entry_id} {self.field}"


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
