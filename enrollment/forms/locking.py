from django import forms
from django.utils.translation import gettext_lazy as _


class LockForm(forms.Form):
    use_required_attribute = False

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("Enter a reason.")},
    )
