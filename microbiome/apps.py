from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MicrobiomeConfig(AppConfig):
    name = "microbiome"
    verbose_name = _("Microbiome")

    def ready(self) -> None:
        import_module("microbiome.registration")
