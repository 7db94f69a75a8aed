"""Files of a patient: what is attached, and fields that name one of them."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Attachment, Patient, Visit
from enrollment.models.added import KeptFile

if TYPE_CHECKING:
    Base = forms.ModelForm
else:
    Base = object


class AttachmentForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("PDF, JPEG, PNG or DICOM, up to 20 MB."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.dcm"}),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[("", ""), *Attachment.Kind.choices]
    )
    visit = forms.ModelChoiceField(
        Visit.objects.none(), label=gettext_lazy("Visit"), required=False, empty_label=""
    )
    could_unblind = forms.BooleanField(
        label=gettext_lazy("It could tell the arm"),
        help_text=gettext_lazy(
            "Then only people who may know the arm see it; others do not see even its name."
        ),
        required=False,
    )

    def __init__(self, *args: Any, patient: Patient, **options: Any) -> None:
        super().__init__(*args, **options)
        visits = Visit.objects.filter(patient=patient, outcome=Visit.Outcome.TOOK_PLACE)
        field: Any = self.fields["visit"]
        field.queryset = visits.order_by("actual_date", "position")
        field.label_from_instance = lambda visit: f"{visit.actual_date} · {visit.label}"
        if not patient.trial.is_blinded:
            del self.fields["could_unblind"]


class FileFieldsForm(Base):
    """Offers, in a field for a file, what is attached to the patient and tells no arm."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        record = self.instance
        attached = Attachment.objects.telling_nothing().filter(
            patient=record.patient_id, withdrawn_at=None
        )
        address = reverse("enrollment:attachment-list", args=[record.patient_id])
        link = format_html('<a href="{}">{}</a>', address, _("Files of this patient"))
        for field in record._meta.fields:
            if isinstance(field, KeptFile) and field.name in self.fields:
                kept = getattr(record, field.name)
                names = [reference(item) for item in attached.order_by("-pk")]
                if kept and kept not in names:
                    names.append(kept)
                known = self.fields[field.name]
                self.fields[field.name] = forms.ChoiceField(
                    label=known.label,
                    help_text=format_html("{} {}", known.help_text, link),
                    required=False,
                    choices=[("", ""), *((name, name) for name in names)],
                )


def reference(attachment: Attachment) -> str:
    """As a field keeps it: the number finds the file, the name tells a reader which it is."""
    return f"{attachment.pk} {attachment.name}"
