"""What an administrator types about people. Each form names its fields: nothing else gets in."""

from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.models import NoticeKind, Site, Trial, User
from core.models.membership import Role

_DAY = forms.DateInput(attrs={"type": "date"})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why, for the audit trail.")},
    )


class _RoleFields(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        error_messages={"required": _("Choose the role.")},
    )
    site = forms.ModelChoiceField(
        label=_("Site"),
        queryset=Site.objects.none(),
        required=False,
        to_field_name="code",
        empty_label=_("All sites"),
        error_messages={"invalid_choice": _("Choose one of the trial's sites.")},
    )

    def __init__(self, *args: Any, trial: Trial, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = self.fields["site"]
        site.queryset = trial.sites.all()  # type: ignore[attr-defined]
        site.label_from_instance = lambda item: f"{item.code} {item.name}"  # type: ignore[attr-defined]


class RoleForm(_RoleFields):
    pass


class InviteForm(_RoleFields):
    field_order = ("username", "full_name", "email", "role", "site")

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("What the person types to sign in, such as the first letter and the surname."),
        error_messages={"required": _("Enter a user name.")},
    )
    full_name = forms.CharField(
        label=_("Name"),
        max_length=150,
        help_text=_("As it is to stand under signatures."),
        error_messages={"required": _("Enter the person's name.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The link to choose a password goes there, and notices later."),
        error_messages={"required": _("Enter the address to write to.")},
    )

    def clean_username(self) -> str:
        name = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(
                _("This user name is taken. If it is this person, grant the role by that name.")
            )
        return name


class GrantForm(_RoleFields):
    """A role for somebody who has an account."""

    field_order = ("username", "role", "site")

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        error_messages={"required": _("Enter the user name of the account.")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        known = User.objects.filter(username=data.get("username", ""), is_active=True).first()
        if "username" in data and known is None:
            self.add_error("username", _("There is no active account of this name."))
        data["user"] = known
        return data


class RecipientForm(forms.Form):
    """Who is to get which of the trial's notices."""

    user = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.none(),
        error_messages={
            "required": _("Choose the person."),
            "invalid_choice": _("Notices go to people with a role in this trial."),
        },
    )
    kind = forms.ChoiceField(
        label=_("Notice"),
        choices=NoticeKind.choices,
        error_messages={"required": _("Choose the notice.")},
    )

    def __init__(self, *args: Any, trial: Trial, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = trial.memberships.held().values("user")
        people = User.objects.filter(pk__in=held, is_active=True)
        self.fields["user"].queryset = people.order_by("full_name", "username")  # type: ignore[attr-defined]


class TrainingForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    what = forms.CharField(
        label=_("Training"),
        max_length=200,
        help_text=_("Such as the protocol version and the manual that were taught."),
        error_messages={"required": _("Say what was taught.")},
    )
    taken_on = forms.DateField(
        label=_("Taken on"), widget=_DAY, error_messages={"required": _("Enter the day.")}
    )
    valid_until = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=_DAY,
        help_text=_("Leave it empty where the training does not run out."),
    )


class ReviewForm(forms.Form):
    conclusion = forms.CharField(
        label=_("Conclusion"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was found, and what was changed because of it."),
        error_messages={"required": _("Say what came of the review.")},
    )
