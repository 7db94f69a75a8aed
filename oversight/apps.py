from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db import connection, connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OversightConfig(AppConfig):
    name = "oversight"
    verbose_name = _("Oversight")

    def ready(self) -> None:
        # These modules need loaded models, which do not exist when this file is imported.
        triggers = import_module("oversight.triggers")

        def install(using: str, **kwargs: Any) -> None:
            triggers.install(connections[using])

        def locks() -> str:
            return "not guarded" if triggers.missing_triggers(connection) else "ok"

        post_migrate.connect(install, weak=False, sender=self, dispatch_uid="install lock triggers")
        import_module("core.health").CHECKS["locks"] = locks
