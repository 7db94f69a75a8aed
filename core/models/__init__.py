"""Users, trials, sites, memberships, the audit trail and API tokens."""

from core.models.audit import AuditContext, AuditEntry
from core.models.membership import Membership
from core.models.scope import SiteScopedManager, SiteScopedQuerySet
from core.models.token import ApiToken
from core.models.trial import Site, Trial
from core.models.user import User

__all__ = [
    "ApiToken",
    "AuditContext",
    "AuditEntry",
    "Membership",
    "Site",
    "SiteScopedManager",
    "SiteScopedQuerySet",
    "Trial",
    "User",
]
