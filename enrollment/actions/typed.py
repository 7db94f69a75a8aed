"""Keeping what somebody typed into a form until it is saved or thrown away."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.models import User
from core.refusals import Refused
from enrollment.models import Patient, TypedForm

KEPT = timedelta(days=30)
MOST_LETTERS = 500_000
"""In all fields of a form together; far more than any form takes."""


def keep_typed(
    patient: Patient, address: str, values: Mapping[str, Sequence[str]], *, by: User, at: datetime
) -> None:
    """Replaces what the person typed into this page before. What is older than a month goes,
    whoever typed it: its writer may never come back.

    Raises:
        Refused: it is more than a form can hold.
    """
    if sum(len(text) for texts in values.values() for text in texts) > MOST_LETTERS:
        raise Refused(_("This is more text than a form can hold."))
    TypedForm.objects.filter(typed_at__lt=at - KEPT).delete()
    # PostgreSQL's JSON has no NUL, and no field takes it or is called so.
    held = {
        name: [text.replace("\0", "") for text in texts]
        for name, texts in values.items()
        if "\0" not in name
    }
    TypedForm.objects.update_or_create(
        person=by, address=address, defaults={"patient": patient, "values": held, "typed_at": at}
    )


def forget_typed(address: str, *, by: User) -> None:
    TypedForm.objects.filter(person=by, address=address).delete()
