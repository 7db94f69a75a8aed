"""The figures on safety and quality of life: drawing, caption and note of each."""

from collections.abc import Mapping
from functools import partial

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from dosing.models.decisions import CAPSULES
from outcomes.calc.snapshot.safety_summary import (
    MarkerTrend,
    QualityOfLife,
    Safety,
    ScaleChange,
    Trend,
)
from reports.charts.butterfly import MOST_TERMS, butterfly_figure
from reports.charts.exposure import compliance_figure, intensity_figure
from reports.charts.laboratory import trend_figure
from reports.charts.markers import marker_figure
from reports.charts.plots import Plot
from reports.charts.quality_of_life import change_figure
from reports.queries.safety import (
    FEWEST,
    RELEVANT_POINTS,
    Behind,
    enough,
    event_names,
    lab_names,
    marker_name,
    scale_name,
    spread_text,
)


def butterfly_plot(safety: Safety, *, language: str, behind: Behind) -> Plot:
    """All arms together: treatment-emergent events against those related to the capsules."""
    names = event_names(safety, language=language)
    n = safety["population"]["n"]
    terms = [
        (
            names[line["organ_class"], line["term"]],
            line["sets"]["emergent"],
            line["sets"]["related"],
            tuple(
                partial(behind, events=events, organ_class=line["organ_class"], term=line["term"])
                for events in ("emergent", "related")
            ),
        )
        for line in safety["events"]
        if line["term"] and sum(line["sets"]["emergent"])
    ]
    terms.sort(key=lambda term: (-sum(term[1]), -sum(term[2]), term[0]))
    return Plot(
        name="adverse-events",
        title=_("Treatment-emergent and related adverse events"),
        figure=butterfly_figure(
            terms, n=(n, n), sides=(_("Treatment-emergent"), _("Related to the capsules"))
        ),
        summary=_("The most frequent of %(terms)s terms, in percent of %(n)s patients.")
        % {"terms": len(terms), "n": n},
        note=_(
            "At most %(most)s terms. Each patient once per term and side, at the worst grade by"
            " CTCAE %(version)s. Treatment-emergent: begun or worsened from the first dose to"
            " %(days)s days after the last one."
        )
        % {
            "most": MOST_TERMS,
            "version": safety["ctcae_version"],
            "days": safety["follow_up_days"],
        },
        is_empty=not terms,
        behind=behind(events="emergent"),
    )


def trend_plot(trend: Trend, *, ctcae_version: str, behind: Behind) -> Plot:
    label = lab_names().get(trend["test"], trend["test"])
    visits = enough(trend["visits"])
    first, last = visits[0], visits[-1]
    return Plot(
        name=f"laboratory-trend-{trend['test']}",
        title=_("Visit by visit: %(test)s") % {"test": label},
        figure=trend_figure(trend, label=label, behind=behind),
        summary=_("Median %(first)s at %(first_visit)s, %(last)s at %(last_visit)s.")
        % {
            "first": f"{first['median']:.4g}",
            "first_visit": first["visit"],
            "last": f"{last['median']:.4g}",
            "last_visit": last["visit"],
        },
        note=_(
            "Line: median. Band around it: quartiles, by linear interpolation. Colored: grades by"
            " CTCAE %(version)s for a normal baseline and the median limits of normal; without"
            " limits, only grades with a number of their own. Visits with fewer than %(few)s"
            " patients are left to the CSV."
        )
        % {"version": ctcae_version, "few": FEWEST},
        is_empty=False,
        behind=behind(item=trend["test"]),
    )


def intensity_plot(safety: Safety, names: Mapping[str, str], *, behind: Behind) -> Plot:
    exposure = safety["exposure"]
    capsules = exposure["treatments"][0] if exposure["treatments"] else None
    return Plot(
        name="dose-intensity",
        title=_("Relative dose intensity"),
        figure=intensity_figure(exposure, names, behind=behind),
        summary=_("%(treatment)s: median %(spread)s %% in %(n)s patients.")
        % {
            "treatment": names.get(capsules["treatment"], capsules["treatment"]),
            "spread": spread_text(capsules["intensity"]),
            "n": capsules["intensity"]["n"],
        }
        if capsules
        else "",
        note=_(
            "Given per day in percent of planned per day (Hryniuk and Bush 1984), from the first"
            " day to the planned end of the last course. A drug without a planned number is"
            " compared with the patient's first dose. Box: quartiles; points: patients."
        ),
        is_empty=not any(part["intensities"] for part in exposure["treatments"]),
        behind=behind(item=CAPSULES, status="intensity"),
    )


def compliance_plot(safety: Safety, *, behind: Behind) -> Plot:
    values = safety["exposure"]["compliance"]
    capsules = safety["exposure"]["treatments"][:1]
    return Plot(
        name="compliance",
        title=_("Capsules taken"),
        figure=compliance_figure(values, href=behind(item=CAPSULES, status="compliance")),
        summary=_("Median %(spread)s %% of the capsules due, in %(n)s patients.")
        % {"spread": spread_text(capsules[0]["compliance"]), "n": len(values)}
        if capsules
        else "",
        note=_(
            "Taken in percent of due, over all courses that are over. By the diary where it is"
            " whole, else by the count of capsules that came back."
        ),
        is_empty=not values,
        behind=behind(item=CAPSULES, status="compliance"),
    )


def marker_plot(trend: MarkerTrend, *, behind: Behind) -> Plot:
    name = marker_name(trend["marker"])
    shown = [line for line in trend["lines"] if len(line["weeks"]) > 1]
    return Plot(
        name=f"marker-{trend['marker']}",
        title=_("%(marker)s against baseline") % {"marker": name},
        figure=marker_figure(trend),
        summary=_("%(halved)s of %(n)s patients had half of the baseline or less at some time.")
        % {"halved": sum(min(line["ratio"]) <= 0.5 for line in shown), "n": len(shown)},
        note=_(
            "One line for each patient with a baseline, the last value up to the first dose, and a"
            " later value; %(without)s without a baseline are not drawn. Dotted: half and double."
        )
        % {"without": trend["without_baseline"]},
        is_empty=not shown,
        behind=behind(item=trend["marker"]),
    )


def change_plot(part: QualityOfLife, scale: ScaleChange, *, behind: Behind) -> Plot:
    better = {
        "functional": _("Higher is better."),
        "global": _("Higher is better."),
        "symptom": _("Lower is better."),
    }[scale["kind"]]
    return Plot(
        name=f"quality-of-life-{scale['scale'].lower()}",
        title=capfirst(scale_name(scale["scale"])),
        figure=change_figure(scale, behind=partial(behind, item=scale["scale"])),
        summary=_("%(better)s Baseline: median %(baseline)s in %(n)s patients.")
        % {
            "better": better,
            "baseline": spread_text(scale["baseline"]),
            "n": scale["baseline"]["n"],
        },
        note=_(
            "QLQ-C30, change of each patient from the last questionnaire up to the start. Mean with"
            " %(level)s %% interval by Student's t. Dotted: %(points)s points, which patients"
            " call a moderate change (Osoba 1998). Visits with fewer than %(few)s patients are left"
            " to the CSV."
        )
        % {
            "level": f"{100 * part['level']:.0f}",
            "points": RELEVANT_POINTS,
            "few": FEWEST,
        },
        is_empty=not scale["visits"],
        behind=behind(item=scale["scale"]),
    )
