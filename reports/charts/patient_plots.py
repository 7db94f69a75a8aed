"""The figures that show each patient, and those of groups: drawing, caption and footnote."""

from collections.abc import Sequence
from functools import partial

from django.utils.translation import gettext as _

from reports.charts.consort import consort_figure
from reports.charts.forest import forest_figure
from reports.charts.patients import spider_figure, swimmer_figure, waterfall_figure
from reports.charts.plots import Plot
from reports.charts.references import reference_figure
from reports.queries.dashboard import CRITERIA, Dashboard
from reports.queries.flow import consort_rows
from reports.queries.patient_figures import Bar, Lane, Thread
from reports.queries.references import Compared
from reports.queries.subgroups import Subgroup


def response_words(dashboard: Dashboard) -> str:
    """`RECIST 1.1, confirmed`: by what the colors go, and whose scans where not the site's."""
    kind = _("confirmed") if dashboard.is_confirmed else _("unconfirmed")
    reader = {"central": _("central reader"), "adjudicated": _("as adjudicated")}
    words = [CRITERIA[dashboard.criteria], kind, reader.get(dashboard.reader, "")]
    return ", ".join(filter(None, words))


def waterfall_plot(dashboard: Dashboard, bars: Sequence[Bar]) -> Plot:
    shrunk = sum(bar.change_pct <= -30 for bar in bars)
    return Plot(
        name="waterfall",
        title=_("Best change of the tumors"),
        figure=waterfall_figure(bars),
        summary=_(
            "%(n)s of %(all)s patients have a sum of diameters after the baseline; in %(shrunk)s it"
            " fell by 30 %% or more."
        )
        % {"n": len(bars), "all": dashboard.population["n"], "shrunk": shrunk},
        note=_(
            "Smallest change of the sum of target diameters against the baseline, up to progression"
            " and before a new therapy; color: best response (%(by)s). A complete response with"
            " lymph nodes is not −100 %%. A diamond marks a new lesion: little change may be"
            " progression. Bars above +100 %% are cut off. A click opens the patient."
        )
        % {"by": response_words(dashboard)},
        is_empty=not bars,
        behind=dashboard.behind("best"),
        empty=_("Nobody has a sum of diameters after the baseline up to the cut."),
    )


def spider_plot(dashboard: Dashboard, threads: Sequence[Thread]) -> Plot:
    return Plot(
        name="spider",
        title=_("Tumor size over time"),
        figure=spider_figure(threads),
        summary=_("A line for each of %(n)s patients, from the baseline on.") % {"n": len(threads)},
        note=_(
            "Change of the sum of target diameters from the baseline, not from the smallest sum, at"
            " every assessment with all targets measured; color: best response (%(by)s). Crosses:"
            " progression by a new lesion. Circles: the last assessment on treatment, where it has"
            " ended."
        )
        % {"by": response_words(dashboard)},
        is_empty=not threads,
        behind=dashboard.behind("best"),
        empty=_("Nobody has a sum of diameters after the baseline up to the cut."),
    )


def swimmer_plot(dashboard: Dashboard, lanes: Sequence[Lane]) -> Plot:
    ongoing = sum(lane.is_ongoing for lane in lanes)
    return Plot(
        name="swimmer",
        title=_("Time on treatment and response"),
        figure=swimmer_figure(lanes),
        summary=_("%(n)s treated patients; the treatment of %(ongoing)s goes on.")
        % {"n": len(lanes), "ongoing": ongoing},
        note=_(
            "From the first dose to the end of treatment, else to the cut or death; color: best"
            " response (%(by)s). Dark line: from the first response to its end or the last"
            " assessment."
        )
        % {"by": response_words(dashboard)},
        is_empty=not lanes,
        behind=dashboard.behind("treated"),
        empty=_("Nobody has taken the capsules up to the cut."),
    )


def forest_plot(dashboard: Dashboard, rows: Sequence[Subgroup]) -> Plot:
    n = dashboard.population["n"]
    return Plot(
        name="forest",
        title=_("Response by subgroup"),
        figure=forest_figure(rows, behind=partial(dashboard.behind, "best")),
        summary=_("Rate of response in %(n)s patients, and in each subgroup.") % {"n": n},
        note=_(
            "Objective response rate (%(by)s) with its %(method)s interval; the area of a box grows"
            " with the number of patients. All arms together; no test between subgroups."
        )
        % {"by": response_words(dashboard), "method": rows[0].method if rows else ""},
        is_empty=not n,
        behind=dashboard.behind("orr"),
        empty=_("No patient of this population up to the cut."),
    )


def reference_plot(dashboard: Dashboard, rows: Sequence[Compared]) -> Plot:
    return Plot(
        name="references",
        title=_("Beside published results"),
        figure=reference_figure(rows),
        summary=_("This trial and %(n)s published groups of patients.") % {"n": len(rows) - 1},
        note=_(
            "Lines: 95 %% intervals of this trial (Clopper-Pearson; Kaplan-Meier); published values"
            " as the citations below give them. Other patients, other times: for orientation, not"
            " for comparison."
        )
        % {},
        is_empty=False,
    )


def consort_plot(dashboard: Dashboard) -> Plot:
    flow = dashboard.summary["flow"]
    return Plot(
        name="consort",
        title=_("Flow of patients"),
        figure=consort_figure(consort_rows(dashboard)),
        summary=_("Of %(screened)s patients screened, %(enrolled)s were enrolled.")
        % {"screened": flow["screened"], "enrolled": flow["enrolled"]},
        note=_(
            "After CONSORT 2010, all arms together. A patient can fail several criteria. The list"
            " below has every reason and the patients behind each number."
        ),
        is_empty=not flow["screened"],
        empty=_("Nobody was screened up to the cut."),
    )
