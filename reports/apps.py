from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        import_module("enrollment.definition_hooks").register_definition_check(
            import_module("reports.queries.tables.catalog").names_are_free
        )
        keep_cut = import_module("reports.actions.cuts").keep_cut
        import_module("outcomes.actions.nightly").after_snapshot.append(keep_cut)
