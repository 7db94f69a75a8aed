"""What a person writes about a field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.models import User
from oversight.calc.query_cycle import NEEDS_TEXT, QueryEvent
from oversight.models.query import LONGEST_TEXT

EMPTY = gettext_lazy("Write what you want to say.")


def _text(**options: Any) -> forms.CharField:
    return forms.CharField(
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": EMPTY},
        **options,
    )


class _PeopleForm(forms.Form):
    """Offers the people of the site who can answer, and nobody in particular."""

    use_required_attribute = False

    def __init__(self, *args: Any, people: list[User] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {str(person.pk): person for person in people or ()}
        if people is None:
            del self.fields["assignee"]
            return
        nobody = ("", gettext_lazy("anybody at the site"))
        choices = [nobody, *((pk, str(person)) for pk, person in self.people.items())]
        self.fields["assignee"].choices = choices  # type: ignore[attr-defined]

    @property
    def person(self) -> User | None:
        return self.people.get(self.cleaned_data.get("assignee", ""))


class AssignForm(_PeopleForm):
    assignee = forms.ChoiceField(label=gettext_lazy("Assigned to"), required=False)


class TextForm(_PeopleForm):
    """A question or a comment; `submission` names the press of the button."""

    text = _text(label=gettext_lazy("Text"))
    assignee = forms.ChoiceField(label=gettext_lazy("To be answered by"), required=False)
    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)


class ThreadForm(forms.Form):
    """The next words of a thread. The pressed button sends `event`."""

    use_required_attribute = False

    text = _text(label=gettext_lazy("Reply"), required=False)
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)

    @property
    def event(self) -> QueryEvent | None:
        try:
            return QueryEvent(self.data.get("event", ""))
        except ValueError:
            return None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.event is None:
            self.add_error(None, gettext_lazy("Press one of the buttons."))
        elif self.event in NEEDS_TEXT and not values.get("text", "").strip():
            self.add_error("text", EMPTY)
        return values | {"event": self.event}
