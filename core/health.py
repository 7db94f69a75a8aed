"""Two questions of whoever watches the process: is it alive, and can it serve?"""

from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.audit.triggers import missing_triggers
from core.demo_accounts import demo_accounts_forbid_start


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nothing else, so that an outage does not restart it."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """503 until the database answers, is migrated, watches every audited table and holds no demo
    accounts, and Redis answers.
    """
    parts = {name: _ask(check) for name, check in CHECKS.items()}
    is_ready = all(answer in {"ok", "not used"} for answer in parts.values())
    return JsonResponse(
        {"status": "ok" if is_ready else "unavailable"} | parts, status=200 if is_ready else 503
    )


def _ask(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, redis.RedisError):
        return "unreachable"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def _audit() -> str:
    return "not watched" if missing_triggers(connection) else "ok"


def _accounts() -> str:
    return "demo accounts" if demo_accounts_forbid_start() else "ok"


def _broker() -> str:
    if not settings.REDIS_URL:
        return "not used"
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2) as client:
        client.ping()
    return "ok"


CHECKS = {
    "database": _database,
    "migrations": _migrations,
    "audit": _audit,
    "accounts": _accounts,
    "broker": _broker,
}
