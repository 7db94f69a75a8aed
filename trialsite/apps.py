from django.apps import AppConfig


class TrialsiteConfig(AppConfig):
    name = "trialsite"

    def ready(self) -> None:
        from trialsite import safety  # noqa: F401, PLC0415 - registers the check; needs the models
