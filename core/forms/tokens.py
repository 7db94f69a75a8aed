from django import forms
from django.utils.translation import gettext_lazy as _

from core.actions.tokens import MOST_DAYS
from core.models import Trial, User


class TokenForm(forms.Form):
    """Name, trial and life of a new token."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What the token is for, such as the name of a script or a computer."),
        error_messages={"required": _("Enter a name for the token.")},
    )
    trial = forms.ModelChoiceField(
        label=_("Trial"),
        queryset=Trial.objects.none(),
        empty_label=None,
        to_field_name="slug",
        help_text=_("The token reaches this trial only."),
        error_messages={
            "required": _("Choose the trial."),
            "invalid_choice": _("Choose one of your trials."),
        },
    )
    days = forms.IntegerField(
        label=_("Valid for, in days"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=90,
        help_text=_("From 1 to 365. Then create a new one."),
        error_messages={
            "required": _("Enter a number of days from 1 to 365."),
            "invalid": _("Enter a number of days from 1 to 365."),
            "min_value": _("Enter a number of days from 1 to 365."),
            "max_value": _("Enter a number of days from 1 to 365."),
        },
    )

    def __init__(self, *args: object, user: User, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        trials = self.fields["trial"]
        trials.queryset = Trial.objects.visible_to(user)  # type: ignore[attr-defined]
        trials.label_from_instance = lambda trial: trial.short_title  # type: ignore[attr-defined]
