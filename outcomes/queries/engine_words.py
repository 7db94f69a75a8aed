"""Kinds and states of lesions as the forms store them, in the words of `outcomes.calc`."""

from outcomes.models import Lesion, LesionMeasurement

KINDS = {
    Lesion.Kind.TARGET.value: "TARGET",
    Lesion.Kind.NON_TARGET.value: "NON-TARGET",
    Lesion.Kind.NEW.value: "NEW NON-TARGET",
}
_Status = LesionMeasurement.Status
STATES = {
    _Status.MEASURED.value: "",
    _Status.SPLIT.value: "",
    # What is one with another lesion has its size there, and none of its own.
    _Status.MERGED.value: "ABSENT",
    _Status.ABSENT.value: "ABSENT",
    _Status.TOO_SMALL.value: "TOO SMALL",
    _Status.PRESENT.value: "PRESENT",
    _Status.INCREASED.value: "INCREASED",
    _Status.PROGRESSION.value: "UNEQUIVOCAL PROGRESSION",
    _Status.NOT_EVALUABLE.value: "NOT EVALUABLE",
}
