"""What the entry pages of this app do beyond the fields of their models."""

from typing import TYPE_CHECKING, Any

from django import forms

from dosing.models.capsules import GATE_FIELDS, product_of

if TYPE_CHECKING:
    Base = forms.ModelForm
else:
    Base = object


class CourseForm(Base):
    """Asks about the day-1 gate only where the product has one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not product_of(self.instance.patient).day_one_gate:
            for name in list(self.fields):
                if name.split("__")[0] in GATE_FIELDS:
                    del self.fields[name]
