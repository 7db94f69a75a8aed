"""Users, trials, sites and their openings, memberships, the audit trail, notices and API tokens."""

from core.models.audit import AuditContext, AuditEntry, AuditRedaction, AuditSeal
from core.models.background import BackgroundWork
from core.models.lock_out import LockOut
from core.models.membership import Membership
from core.models.notice import Notice, NoticeKind, NoticeRecipient
from core.models.opening import SiteOpening
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
    "SiteOpening",
    "SiteScopedManager",
    "SiteScopedQuerySet",
    "TrainingRecord",
    "Trial",
    "User",
]
