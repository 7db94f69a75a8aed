from importlib import import_module

from celery.signals import task_prerun
from django.apps import AppConfig
from django.core.signals import request_started
from django.utils.translation import gettext_lazy as _


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    verbose_name = _("Patients and visits")

    def ready(self) -> None:
        import_module("enrollment.registration")
        for checks in ("types", "fields", "outliers", "forms", "computed"):
            import_module(f"enrollment.quality.{checks}")
        look_again = import_module("enrollment.registry").look_again
        request_started.connect(look_again)
        task_prerun.connect(look_again)
        import_module("oversight.triggers").guard(
            import_module("enrollment.guards").clinical_tables
        )
