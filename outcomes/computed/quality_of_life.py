"""The scales of the QLQ-C30."""

from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.computed import (
    Computed,
    Lacking,
    register_computed,
)
from outcomes.calc.qlq_c30 import (
    ITEMS,
    SCALES,
    SUMMARY,
    SUMMARY_SCALES,
    Scale,
    scale_score,
    summary_score,
)
from outcomes.models import QualityOfLife
from outcomes.models.quality_of_life import SCALE_LABELS


def _scale(scale: Scale) -> Callable[..., float]:
    def compute(**answers: int | None) -> float:
        score = scale_score(scale, answers)
        if score is None:
            given = sum(answer is not None for answer in answers.values())
            raise Lacking(
                gettext("%(given)s of %(all)s questions answered, at least %(least)s needed.")
                % {"given": given, "all": len(scale.items), "least": scale.least_answers}
            )
        return score

    return compute


def _summary(**answers: int | None) -> float:
    score = summary_score(answers)
    if score is None:
        lacking = [
            str(SCALE_LABELS[scale.name])
            for scale in SUMMARY_SCALES
            if scale_score(scale, answers) is None
        ]
        raise Lacking(
            gettext("Needs all 13 scales; missing: %(names)s.") % {"names": ", ".join(lacking)}
        )
    return score


_BETTER = _("QLQ-C30 v3 scoring manual: 0 to 100, higher is better.")
_WORSE = _("QLQ-C30 v3 scoring manual: 0 to 100, higher is worse.")
register_computed(
    "qlq-c30",
    QualityOfLife,
    *(
        Computed(
            scale.name.lower(),
            SCALE_LABELS[scale.name],
            _WORSE if scale.kind == "symptom" else _BETTER,
            scale.item_names,
            _scale(scale),
            places=1,
            optional=frozenset(scale.item_names),
        )
        for scale in SCALES
    ),
    Computed(
        SUMMARY.lower(),
        SCALE_LABELS[SUMMARY],
        _("Giesinger 2016: the mean of 13 scales, without global health and finances."),
        tuple(name for name in ITEMS if name not in ("q28", "q29", "q30")),
        _summary,
        places=1,
        optional=frozenset(ITEMS),
    ),
)
