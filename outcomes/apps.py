from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OutcomesConfig(AppConfig):
    name = "outcomes"
    verbose_name = _("Outcomes")

    def ready(self) -> None:
        import_module("outcomes.registration")
        import_module("outcomes.computed")
        submitted = import_module("outcomes.submitted")

        def install(using: str, **kwargs: Any) -> None:
            submitted.install(connections[using])

        post_migrate.connect(
            install, weak=False, sender=self, dispatch_uid="keep what is submitted"
        )
        import_module("outcomes.quality")
        import_module("outcomes.quality_scans")
        import_module("outcomes.laboratory_quality")
