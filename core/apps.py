from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Trials and people")

    def ready(self) -> None:
        post_migrate.connect(_install_audit, dispatch_uid="install audit triggers")


def _install_audit(using: str, **kwargs: Any) -> None:
    from core.audit import triggers  # models are not loaded when this module is imported

    triggers.install(connections[using])
