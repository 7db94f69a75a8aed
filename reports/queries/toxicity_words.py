"""What the board of dose-limiting toxicities (DLT) is called in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from outcomes.calc.cohorts import Verdict
from outcomes.calc.toxicity import Assessed, Standing, State, Why

STATES: dict[State, str | Promise] = {
    State.WAITING: gettext_lazy("no dose yet"),
    State.PENDING: gettext_lazy("pending"),
    State.EVALUABLE: gettext_lazy("evaluable, no DLT"),
    State.DLT: gettext_lazy("DLT"),
    State.NOT_EVALUABLE: gettext_lazy("not evaluable"),
}
WHYS: dict[Why, str | Promise] = {
    Why.NONE: "",
    Why.NEVER_TREATED: gettext_lazy("ended before the first dose"),
    Why.LEFT: gettext_lazy("left before the end of the window"),
    Why.TOO_FEW_DOSES: gettext_lazy("too few doses"),
    Why.DOSES_UNKNOWN: gettext_lazy("doses not known"),
    Why.DOSES_NOT_ENTERED: gettext_lazy("window over, doses not entered"),
}
STANDINGS: dict[Standing, str | Promise] = {
    Standing.NONE: gettext_lazy("not proposed"),
    Standing.PROPOSED: gettext_lazy("proposed, counts"),
    Standing.CONFIRMED: gettext_lazy("confirmed, counts"),
    Standing.OVERRULED: gettext_lazy("overruled"),
}
VERDICTS: dict[str, str | Promise] = {
    Verdict.NO_RULE: gettext_lazy("no rule"),
    Verdict.WAIT: gettext_lazy("wait"),
    Verdict.EXPAND: gettext_lazy("expand the cohort"),
    Verdict.CONTINUE: gettext_lazy("continue"),
    Verdict.STOP: gettext_lazy("stop"),
}


def state_of(member: Assessed) -> str:
    state, why = str(STATES[member.state]), str(WHYS[member.why])
    return f"{state}: {why}" if why else state
