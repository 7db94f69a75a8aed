from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DosingConfig(AppConfig):
    name = "dosing"
    verbose_name = _("Dosing")

    def ready(self) -> None:
        import_module("dosing.registration")
        import_module("dosing.quality")
