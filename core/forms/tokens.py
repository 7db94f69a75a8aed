import re

from django import forms
from django.utils.translation import gettext_lazy as _

from core.actions.tokens import MOST_DAYS
from core.models import Trial, User
from core.permissions import Permission, has_permission


class TokenForm(forms.Form):
    """Name, reach and life of a new token."""

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
    tables = forms.CharField(
        label=_("Tables"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Names of the tables that the token may read, as on the page of exports, with spaces or"
            " commas between them. Leave it empty for all."
        ),
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

    is_unblinded = forms.BooleanField(
        label=_("The token reads arms"),
        required=False,
        help_text=_("Of a blinded trial. Each use is noted in the unblinding register."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("Why arms are needed; the register of exports shows it."),
    )

    def clean(self) -> None:
        asked = self.cleaned_data
        if not asked.get("is_unblinded") or "trial" not in asked:
            return
        if not has_permission(self.user, Permission.EXPORT_UNBLINDED, trial=asked["trial"]):
            self.add_error("is_unblinded", _("Your role in this trial does not allow this."))
        elif not asked.get("reason"):
            self.add_error("reason", _("Enter the reason."))

    def clean_tables(self) -> list[str]:
        names = re.split(r"[\s,]+", self.cleaned_data["tables"].strip())
        for name in filter(None, names):
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", name):
                raise forms.ValidationError(
                    _("“%(name)s” is no name of a table."), params={"name": name}
                )
        return [name for name in names if name]

    def __init__(self, *args: object, user: User, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.user = user
        if not has_permission(user, Permission.EXPORT_UNBLINDED):
            del self.fields["is_unblinded"], self.fields["reason"]
        trials = self.fields["trial"]
        trials.queryset = Trial.objects.visible_to(user)  # type: ignore[attr-defined]
        trials.label_from_instance = lambda trial: trial.short_title  # type: ignore[attr-defined]
