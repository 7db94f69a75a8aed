"""The audit trail: who changed what, when, why and from where.

Database triggers write one entry for every inserted, changed or removed row of every audited
table, whatever the path: action, bulk update, admin, raw SQL. This package says who is writing
(`writing`), records what is no row change (`record`) and installs the triggers (`triggers`).
"""

from core.audit.context import set_source, writing
from core.audit.events import record

__all__ = ["record", "set_source", "writing"]
