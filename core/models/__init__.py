"""Users, trials, sites, memberships, the audit trail, notices and API tokens."""

from core.models.audit import AuditContext, AuditEntry, AuditRedaction, AuditSeal
from core.models.background import BackgroundWork
from core.models.lock_out import LockOut
from core.models.membership import Membership
from core.models.notice import Notice, NoticeKind, NoticeRecipient
from core.models.scope import SiteScopedManager, SiteScopedQuerySet
from core.models.token import ApiToken
from core.models.training import AccessReview, TrainingRecord
from core.models.trial import Site, Trial
from core.models.user import User

__all__ = [
    "AccessReview",
    "ApiToken",
    "AuditContext",
    "AuditEntry",
    "AuditRedaction",
    "AuditSeal",
    "BackgroundWork",
    "LockOut",
    "Membership",
    "Notice",
    "NoticeKind",
    "NoticeRecipient",
    "Site",
    "SiteScopedManager",
    "SiteScopedQuerySet",
    "TrainingRecord",
    "Trial",
    "User",
]
