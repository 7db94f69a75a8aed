"""Response rates of the population by subgroup, in the reader's words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from enrollment.calc.definition import Definition
from enrollment.models.patient import Sex
from reports.queries.dashboard import Dashboard, number
from reports.queries.patient_rows import Line, stored_lines

ALL = "all"


def of_level(factor: str, level: str) -> dict[str, str]:
    """As an address asks for the patients of a subgroup; everybody is none."""
    return {} if factor == ALL else {"factor": factor, "level": level}


@dataclass(frozen=True)
class Subgroup:
    """`percent` and its limits are none where nobody is in it."""

    factor: str
    level: str
    label: str
    n: int
    responders: int
    percent: float | None
    lower: float
    upper: float
    method: str

    @property
    def is_overall(self) -> bool:
        return self.factor == ALL

    @property
    def text(self) -> str:
        return f"{number(self.percent)} ({number(self.lower)}–{number(self.upper)})"


def subgroup_rates(
    dashboard: Dashboard, definition: Definition, *, language: str
) -> list[Subgroup]:
    """Everybody first; empty for a cut that was made before the table was stored."""
    names = level_names(definition, language=language)
    wanted = (dashboard.population["id"], dashboard.criteria)
    return [
        _subgroup(line, names)
        for line in stored_lines(dashboard, "subgroup_rates").get("subgroup_rates", [])
        if (line["population"], line["criteria"]) == wanted
    ]


def _subgroup(line: Line, names: dict[tuple[str, str], str]) -> Subgroup:
    key = (line["factor"], line["level"])
    percent = line["orr_percent"]
    return Subgroup(
        factor=key[0],
        level=key[1],
        label=names.get(key, ": ".join(key)),
        n=int(line["n"]),
        responders=int(line["responders"]),
        percent=float(percent) if percent else None,
        lower=float(line["lower"] or 0),
        upper=float(line["upper"] or 0),
        method=line["method"],
    )


def level_names(definition: Definition, *, language: str) -> dict[tuple[str, str], str]:
    """Factor and level to what a person reads."""
    names = {
        ("all", "all"): _("All patients"),
        ("age", "below-65"): _("Age: below 65"),
        ("age", "65-or-older"): _("Age: 65 or older"),
    }
    names |= {("sex", code): _("Sex: %(sex)s") % {"sex": label} for code, label in Sex.choices}
    names |= {
        ("site", site.code): _("Site: %(site)s")
        % {"site": f"{site.code} {site.name.in_language(language)}"}
        for site in definition.sites
    }
    strata = definition.randomization.strata if definition.randomization else ()
    return names | {
        (stratum.id, level.id): f"{stratum.label.in_language(language)}: "
        f"{level.label.in_language(language)}"
        for stratum in strata
        for level in stratum.levels
    }
