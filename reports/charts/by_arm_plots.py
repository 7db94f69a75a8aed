"""The figures by arm: drawing, caption and footnote of each."""

from functools import partial
from typing import Literal

from django.utils.translation import gettext as _

from outcomes.calc.snapshot.safety_summary import ArmEvents, SafetyByArm
from outcomes.calc.snapshot.summary import Criteria, Endpoint, ForestRow
from reports.charts.butterfly import MOST_TERMS, Term, butterfly_figure
from reports.charts.by_arm import Ratio, hazard_forest_figure, survival_by_arm_figure
from reports.charts.plots import Plot, endpoint_title
from reports.charts.survival import FEW
from reports.queries.by_arm import Arms, leading_p, leading_ratio, p_text, ratio_text
from reports.queries.dashboard import number
from reports.queries.safety import event_name
from reports.queries.subgroups import level_names, of_level

DATA = "reports:arms-figure-data"


def survival_by_arm_plot(arms: Arms, endpoint: Endpoint) -> Plot:
    curves, comparison = arms.curves(endpoint), arms.comparison(endpoint)
    names = list(arms.names.values())
    ratios = [leading_ratio(comparison, arm) for arm in arms.others]
    words = [_("HR %(ratio)s") % {"ratio": ratio_text(ratio)} for ratio in ratios]
    p = _("p = %(p)s") % {"p": p_text(leading_p(comparison))}
    test = comparison["stratified_test"] or comparison["test"]
    return Plot(
        name=f"{endpoint}-by-arm",
        title=endpoint_title(endpoint, curves[0]["criteria"]),
        figure=survival_by_arm_figure(
            curves,
            names=names,
            words=[*words, p],
            behind=[partial(arms.behind, endpoint, arm) for arm in arms.names],
        ),
        summary=" ".join(
            _("%(arm)s: median %(median)s months (95 %% CI %(lower)s to %(upper)s).")
            % {
                "arm": name,
                "median": number(curve["median"]),
                "lower": number(curve["median_lower"]),
                "upper": number(curve["median_upper"]),
            }
            for name, curve in zip(names, curves, strict=True)
        ),
        note=_(
            "%(curve)s. p: %(test)s%(strata)s. HR: hazard ratio against %(reference)s, %(cox)s;"
            " below 1 it favors the other arm. Ticks mark censored patients. A curve ends where"
            " less than %(few)s %% of its arm are at risk; the CSV holds all."
        )
        % {
            "curve": curves[0]["method"],
            "test": test["method"],
            "strata": _strata(arms) if comparison["stratified_test"] else "",
            "reference": arms.reference,
            "cox": ratios[0]["method"] if ratios else "",
            "few": f"{100 * FEW:g}",
        },
        is_empty=not any(curve["n"] for curve in curves),
        behind=arms.behind(endpoint),
        data=DATA,
    )


def _strata(arms: Arms) -> str:
    """` (ECOG, site)`: what the test is stratified by."""
    language, randomization = arms.dashboard.language, arms.dashboard.definition.randomization
    labels = (
        {x.id: x.label.in_language(language) for x in randomization.strata} if randomization else {}
    )
    return f" ({', '.join(labels.get(name, name) for name in arms.grouped['stratified_by'])})"


def hazard_forest_plot(arms: Arms, endpoint: Endpoint) -> Plot:
    """With more than two arms, a line for each of them against the reference."""
    rows = [row for row in arms.grouped["forest"] if row["endpoint"] == endpoint]
    labels = level_names(arms.dashboard.definition, language=arms.dashboard.language)
    names, reference = arms.names, arms.reference
    other = names[arms.others[0]] if len(arms.others) == 1 else _("the other arm")
    ratios = [ratio for row in rows for ratio in _ratios(arms, row, labels)]
    return Plot(
        name=f"hazard-ratios-{endpoint}",
        title=_("Hazard ratios: %(endpoint)s")
        % {"endpoint": endpoint_title(endpoint, _criteria(arms, endpoint))},
        figure=hazard_forest_figure(
            ratios,
            arms=list(names.values()),
            favors=(_("favors %(arm)s") % {"arm": other}, _("favors %(arm)s") % {"arm": reference}),
        ),
        summary=_("Of all patients, and within each subgroup; below 1 favors %(arm)s.")
        % {"arm": other},
        note=_(
            "Events / patients of each arm. %(method)s, not stratified, with %(level)s %% interval;"
            " the area of a box grows with the number of patients, the axis is logarithmic. NE:"
            " nobody, or no event, in one of the arms. No test between subgroups."
        )
        % _method(rows),
        is_empty=not any(ratio.hr for ratio in ratios),
        behind=arms.behind(endpoint),
        empty=_("No hazard ratio can be estimated up to the cut."),
        data=DATA,
    )


def _criteria(arms: Arms, endpoint: Endpoint) -> Criteria | Literal[""]:
    return "" if endpoint == "os" else arms.grouped["criteria"]


def _method(rows: list[ForestRow]) -> dict[str, str]:
    ratio = rows[0]["hazard_ratios"][0]
    return {"method": ratio["method"], "level": f"{100 * ratio['level']:g}"}


def _ratios(arms: Arms, row: ForestRow, labels: dict[tuple[str, str], str]) -> list[Ratio]:
    label = labels.get((row["factor"], row["level"]), f"{row['factor']}: {row['level']}")
    has_several = len(row["hazard_ratios"]) > 1
    return [
        Ratio(
            label=f"{label} · {arms.names[ratio['group']]}" if has_several else label,
            is_overall=row["factor"] == "all",
            n=sum(count["n"] for count in row["counts"]),
            hr=ratio["hr"],
            lower=ratio["lower"],
            upper=ratio["upper"],
            counts=[f"{count['events']} / {count['n']}" for count in row["counts"]],
            text=ratio_text(ratio),
            href=arms.behind(row["endpoint"], **of_level(row["factor"], row["level"])),
        )
        for ratio in row["hazard_ratios"]
    ]


def arm_butterflies(arms: Arms, by_arm: SafetyByArm) -> list[Plot]:
    """The first arm beside each of the others."""
    first, *others = by_arm["arms"]
    return [
        _butterfly(arms, first, other, name=_numbered("adverse-events-by-arm", place))
        for place, other in enumerate(others, start=1)
    ]


def _numbered(name: str, place: int) -> str:
    return name if place == 1 else f"{name}-{place}"


def _butterfly(arms: Arms, first: ArmEvents, second: ArmEvents, *, name: str) -> Plot:
    """Treatment-emergent events."""
    pair = (first, second)
    version = arms.dashboard.summary["adverse_events"]["ctcae_version"]
    grades = [
        {(x["organ_class"], x["term"]): x["sets"]["emergent"] for x in arm["events"] if x["term"]}
        for arm in pair
    ]
    nobody = [0] * 5
    terms: list[Term] = []
    for organ_class, term in dict.fromkeys([*grades[0], *grades[1]]):
        key = (organ_class, term)
        label = event_name(version, *key, language=arms.dashboard.language)
        behind = tuple(
            partial(
                arms.behind, "adverse-events", arm["arm"],
                events="emergent", organ_class=organ_class, term=term,
            )
            for arm in pair
        )  # fmt: skip
        terms.append((label, grades[0].get(key, nobody), grades[1].get(key, nobody), behind))
    terms = [term for term in terms if sum(term[1]) + sum(term[2])]
    terms.sort(key=lambda term: (-sum(term[1]) - sum(term[2]), term[0]))
    names = arms.names
    return Plot(
        name=name,
        title=_("Treatment-emergent adverse events by arm"),
        figure=butterfly_figure(
            terms,
            n=(first["n"], second["n"]),
            sides=(names[first["arm"]], names[second["arm"]]),
        ),
        summary=_("In percent of %(first)s and %(second)s patients.")
        % {"first": first["n"], "second": second["n"]},
        note=_(
            "At most %(most)s terms, by their total. Each patient once per term, at the worst grade"
            " by CTCAE %(version)s."
        )
        % {"most": MOST_TERMS, "version": version},
        is_empty=not terms,
        behind=arms.behind("adverse-events", events="emergent"),
        data=DATA,
    )
