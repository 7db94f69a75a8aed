"""How each lesion looked on every scan.

Source: Eisenhauer 2009, Eur J Cancer 45:228 (RECIST 1.1), sections 3 and 4.
"""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, IntegerField, NumberField, TextField, YesNoField
from core.fields.captured import YesNo
from core.models import SiteScopedManager, User
from enrollment import registry
from enrollment.actions import save_record
from enrollment.models import FormRow, VisitForm
from enrollment.models.record import Problems
from outcomes.calc.sizes import sum_of_parts_mm
from outcomes.models.consistency import before_birth
from outcomes.models.lesions import Lesion, LesionFields
from outcomes.models.order import order_problem
from outcomes.models.targets import merging_problem, target_problems


class ReadingFields(VisitForm):
    """One reader's reading of the patient's scans, with a row for each lesion.

    A subclass adds the response that its reader gives, and names its field in `RESPONSE`.
    """

    RESPONSE: ClassVar[str]

    class Method(models.TextChoices):
        CT = "CT", _("CT")
        MRI = "MRI", _("MRI")
        PET_CT = "PET-CT", _("PET-CT")
        ULTRASOUND = "US", _("ultrasound")
        X_RAY = "X-ray", _("chest X-ray")
        CLINICAL = "clinical", _("clinical examination")

    class NewLesion(models.TextChoices):
        NONE = "none", _("none")
        EQUIVOCAL = "equivocal", _("equivocal")
        UNEQUIVOCAL = "unequivocal", _("unequivocal")

    class Response(models.TextChoices):
        CR = "CR", _("complete response")
        PR = "PR", _("partial response")
        SD = "SD", _("stable disease")
        NON_CR_NON_PD = "NON-CR/NON-PD", _("neither complete response nor progression")
        PD = "PD", _("progressive disease")
        NE = "NE", _("not evaluable")

    scanned_on = DateField(_("scan date"), may_be_missing=False)
    last_scanned_on = DateField(
        _("last scan date"),
        required=False,
        help_text=_("Only when the scans of this assessment took several days."),
    )
    method = ChoiceField(_("method"), choices=Method.choices)
    slice_mm = NumberField(
        _("slice thickness"),
        unit="mm",
        hard=(Decimal("0.1"), 20),
        soft=(Decimal("0.5"), 5),
        shown_when=("method", ("CT", "MRI", "PET-CT")),
    )
    is_baseline = YesNoField(_("baseline scan"), may_be_missing=False)
    new_lesion = ChoiceField(
        _("new lesion"),
        choices=NewLesion.choices,
        shown_when=("is_baseline", ("N",)),
        may_be_missing=False,
    )

    class Meta(VisitForm.Meta):
        abstract = True

    @property
    def response(self) -> str:
        """What the reader says, whatever the rules propose; empty where nothing is said."""
        return str(getattr(self, self.RESPONSE))

    def problems(self) -> Problems:
        first, last = self.scanned_on, self.last_scanned_on
        if first and last and last < first:
            return {"last_scanned_on": _("Enter a last scan date that is not before the first.")}
        return before_birth(self, "scanned_on") or order_problem(self)

    @property
    def read_on(self) -> date | None:
        """The first scan's day, or the visit's while that is not entered."""
        return self.scanned_on or self.visit.actual_date

    def row_problems(self, rows: list["MeasurementFields"]) -> list[Problems]:
        limits = self.patient.version.definition.tumor
        beyond = target_problems(self, rows, limits) if limits.limits == "refuse" else {}
        found = [
            row.problems()
            | self._baseline_problem(row)
            | self._introduction_problem(row)
            | merging_problem(row, rows)
            | beyond.get(i, {})
            for i, row in enumerate(rows)
        ]
        if rows and not any(found) and self._lacks_its_new_lesion(rows):
            found[-1] = {"__all__": _("Add a row for the new lesion that was seen.")}
        return found

    def _baseline_problem(self, row: "MeasurementFields") -> Problems:
        is_target = row.what is not None and row.what.kind == Lesion.Kind.TARGET
        is_unmeasured = row.status not in ("", MeasurementFields.Status.MEASURED)
        if self.is_baseline == YesNo.YES and is_target and is_unmeasured:
            return {"status": _("Measure a target lesion at baseline, or enter it as non-target.")}
        return {}

    def _introduction_problem(self, row: "MeasurementFields") -> Problems:
        """Targets and non-targets are chosen at baseline; whatever comes later is new."""
        if row.new_lesion is None or not self.is_baseline:
            return {}
        is_new = row.new_lesion.kind == Lesion.Kind.NEW
        if self.is_baseline == YesNo.YES and is_new:
            return {"lesion_kind": _("At baseline a lesion is target or non-target.")}
        if self.is_baseline == YesNo.NO and not is_new:
            return {"lesion_kind": _("After baseline a lesion that is added is new.")}
        if is_new and self.new_lesion in ("", self.NewLesion.NONE):
            return {"lesion_kind": _("Say above whether the new lesion is unequivocal.")}
        return {}

    def _lacks_its_new_lesion(self, rows: list["MeasurementFields"]) -> bool:
        kinds = {row.what.kind for row in rows if row.what is not None}
        return self.new_lesion not in ("", self.NewLesion.NONE) and Lesion.Kind.NEW not in kinds


class MeasurementManager(SiteScopedManager[Any]):
    """A measurement is hardly ever read without its lesion."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().select_related("lesion")


class MeasurementFields(FormRow):
    """One lesion on one assessment. A row that introduces a lesion carries it as `new_lesion`.

    A subclass adds `record` and `lesion`, foreign keys to tables of the same reader.
    """

    class Status(models.TextChoices):
        MEASURED = "measured", _("measured")
        SPLIT = "split", _("split into parts")
        MERGED = "merged", _("merged with another lesion")
        ABSENT = "absent", _("gone")
        TOO_SMALL = "too-small", _("seen, too small to measure")
        PRESENT = "present", _("present")
        INCREASED = "increased", _("larger, but no clear progression")
        PROGRESSION = "unequivocal-progression", _("unequivocal progression")
        NOT_EVALUABLE = "not-evaluable", _("not evaluable")

    new_lesion: LesionFields | None = None

    if TYPE_CHECKING:
        record: Any
        lesion: Any
        lesion_id: int | None

    status = ChoiceField(_("state"), choices=Status.choices, may_be_missing=False)
    diameter_mm = NumberField(
        _("longest diameter, or short axis of a node"),
        unit="mm",
        hard=(0, 500),
        soft=(0, 250),
        shown_when=("status", ("measured", "split")),
        may_be_missing=False,
    )
    viable_mm = NumberField(
        _("longest viable diameter (mRECIST)"),
        unit="mm",
        hard=(0, 500),
        soft=(0, 250),
        shown_when=("status", ("measured", "split")),
        required=False,
    )
    parts_mm = TextField(
        _("diameters of the parts"),
        max_length=60,
        shown_when=("status", ("split",)),
        may_be_missing=False,
        help_text=_("Such as 12 + 8.5; their sum is the diameter."),
    )
    merged_with = IntegerField(
        _("number of the lesion it is one with"),
        hard=(1, 999),
        shown_when=("status", ("merged",)),
        may_be_missing=False,
        help_text=_("Enter the diameter of the whole there."),
    )

    objects: ClassVar[MeasurementManager] = MeasurementManager()

    class Meta(FormRow.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.lesion_id}: {self.diameter_mm or self.status}"

    @property
    def what(self) -> LesionFields | None:
        """The lesion of the row, stored or about to be."""
        return self.lesion if self.lesion_id else self.new_lesion

    @classmethod
    def lesions(cls) -> type[LesionFields]:
        """The table of the same reader's lesions."""
        return cls._meta.get_field("lesion").related_model  # type: ignore[return-value]

    def prepare(self, *, by: User) -> None:
        """Stores the lesion that the row introduces, under the patient's next number."""
        lesion, scan = self.new_lesion, self.record
        if lesion is None or self.lesion_id:
            return
        known = self.lesions()._default_manager.filter(patient=scan.patient)
        numbers = known.values_list("number", flat=True)
        lesion.patient = scan.patient
        lesion.number = max((number or 0 for number in numbers), default=0) + 1
        lesion.first_seen_on = scan.read_on
        if lesion.kind == Lesion.Kind.NEW:
            is_clear = scan.new_lesion == ReadingFields.NewLesion.UNEQUIVOCAL
            lesion.is_unequivocal = YesNo.YES if is_clear else YesNo.NO
        save_record(registry.spec_of(type(lesion)), lesion, by=by, complete=True)
        self.lesion = lesion

    def problems(self) -> Problems:
        whole, viable = self.diameter_mm, self.viable_mm
        if whole is not None and viable is not None and viable > whole:
            return {"viable_mm": _("Enter a viable diameter within the whole one.")}
        if self.status == self.Status.SPLIT:
            return self._parts_problem()
        lesion = self.what
        status = self.Status
        wrong = (status.PRESENT, status.INCREASED, status.PROGRESSION)
        if lesion is not None and lesion.kind == Lesion.Kind.TARGET and self.status in wrong:
            return {"status": _("Measure a target lesion, or say why it has no number.")}
        return {}

    def _parts_problem(self) -> Problems:
        """The parts of a split lesion add up to its diameter."""
        if not self.parts_mm:
            return {}
        try:
            total = sum_of_parts_mm(self.parts_mm)
        except ValueError:
            return {"parts_mm": _("Enter the diameter of each part, such as 12 + 8.5.")}
        if self.diameter_mm is not None and self.diameter_mm != total:
            message = gettext("The parts add up to %(mm)s mm: enter that as the diameter.")
            return {"diameter_mm": message % {"mm": total}}
        return {}


def measured_once(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=["record", "lesion"],
        name=name,
        violation_error_message=_("This lesion is listed already."),
    )


class TumorAssessment(ReadingFields):
    """The investigator's reading."""

    RESPONSE = "investigator_response"

    investigator_response = ChoiceField(
        _("investigator's overall response"),
        choices=ReadingFields.Response.choices,
        shown_when=("is_baseline", ("N",)),
        required=False,
    )
    response_reason = TextField(
        _("why another response than proposed"),
        max_length=500,
        shown_when=("is_baseline", ("N",)),
        required=False,
        help_text=_("Without a reason, a response that differs raises a query."),
    )
    comment = TextField(_("comment"), max_length=500, required=False)

    class Meta(ReadingFields.Meta):
        verbose_name = _("tumor assessment")
        verbose_name_plural = _("tumor assessments")


class LesionMeasurement(MeasurementFields):
    """One lesion on one assessment of the investigator."""

    record = models.ForeignKey(TumorAssessment, models.PROTECT, related_name="rows")
    lesion = models.ForeignKey(
        Lesion, models.PROTECT, related_name="measurements", verbose_name=_("lesion")
    )

    class Meta(MeasurementFields.Meta):
        verbose_name = _("lesion measurement")
        verbose_name_plural = _("lesion measurements")
        constraints = [measured_once("lesion_measured_once")]
