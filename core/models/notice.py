"""Who is told when something happens that must not wait, and what was sent."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from core.models.membership import Membership
from core.models.trial import Trial
from core.models.user import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class NoticeKind(models.TextChoices):
    SERIOUS_EVENT = "serious-event", _("serious adverse event")
    UNBLINDING = "unblinding", _("unblinding")
    LOCK_OUT = "lock-out", _("account locked out")
    QUERY_DIGEST = "query-digest", _("open queries, once a day")
    LOW_STOCK = "low-stock", _("few kits left at a site")


class NoticeRecipientQuerySet(models.QuerySet["NoticeRecipient"]):
    def reached(self) -> Self:
        """Those who are told: the account is active, and a role in the trial is held."""
        held = Membership.objects.held().filter(
            user_id=OuterRef("user_id"), trial_id=OuterRef("trial_id")
        )
        return self.filter(Exists(held), user__is_active=True)


class NoticeRecipient(models.Model):
    """A named person who gets the trial's notices of one kind."""

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="notice_recipients")
    user = models.ForeignKey(User, models.PROTECT, related_name="notice_kinds")
    kind = models.CharField(_("notice"), max_length=20, choices=NoticeKind.choices)

    objects = NoticeRecipientQuerySet.as_manager()

    class Meta:
        ordering = ["trial", "kind", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "user", "kind"],
                name="notice_recipient_once",
                violation_error_message=_("This person gets these notices already."),
            )
        ]
        verbose_name = _("recipient of notices")
        verbose_name_plural = _("recipients of notices")

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """A notice is its reader's alone."""
        return self.filter(user_id=user.pk)


class Notice(models.Model):
    """One message to one person. It names no patient data, only where to look."""

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="+", null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    kind = models.CharField(_("notice"), max_length=20, choices=NoticeKind.choices)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    path = models.CharField(_("page"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")

    def __str__(self) -> str:
        return self.subject
