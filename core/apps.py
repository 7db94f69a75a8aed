from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Trials and people")

    def ready(self) -> None:
        # These modules need loaded models, which do not exist when this file is imported.
        import_module("core.audit.sign_ins").connect()
        triggers = import_module("core.audit.triggers")
        append_only = import_module("core.append_only")

        def install(using: str, **kwargs: Any) -> None:
            triggers.install(connections[using])
            append_only.install(connections[using])

        # Sent once for each app, after all apps are migrated: one of them is enough.
        post_migrate.connect(
            install, weak=False, sender=self, dispatch_uid="install audit triggers"
        )
