from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        keep_cut = import_module("reports.actions.cuts").keep_cut
        import_module("outcomes.actions.nightly").after_snapshot.append(keep_cut)
