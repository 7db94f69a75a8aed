"""Best responses counted, by each set of criteria, with the rates as text."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from outcomes.calc.snapshot.summary import Rate, Responses
from reports.queries.dashboard import CRITERIA, NOT_ESTIMABLE, Dashboard, number


@dataclass(frozen=True)
class ResponseRow:
    criteria: str
    confirmed: bool
    counts: list[tuple[int, str]]
    """How many, and the address of who."""
    orr: str
    orr_href: str
    dcr: str
    dcr_href: str
    method: str


def response_tables(dashboard: Dashboard) -> list[tuple[list[str], list[ResponseRow]]]:
    """Criteria with the same words share a table: the words, and a row for each."""
    tables: dict[tuple[str, ...], list[ResponseRow]] = {}
    for criteria in dashboard.summary["criteria"]:
        responses = dashboard.results[criteria]["responses"]
        names = tuple(response_name(best["response"]) for best in responses["best"])
        tables.setdefault(names, []).append(_row(dashboard, responses))
    return [(list(names), rows) for names, rows in tables.items()]


def _row(dashboard: Dashboard, item: Responses) -> ResponseRow:
    by = item["criteria"]
    return ResponseRow(
        criteria=CRITERIA[by],
        confirmed=item["confirmed"],
        counts=[
            (best["n"], dashboard.behind("best", criteria=by, response=best["response"]))
            for best in item["best"]
        ],
        orr=rate_text(item["orr"]),
        orr_href=dashboard.behind("orr", criteria=by),
        dcr=rate_text(item["dcr"]),
        dcr_href=dashboard.behind("dcr", criteria=by),
        method=item["orr"]["method"],
    )


def response_name(response: str) -> str:
    """CR, PR and the like are read in every language."""
    return _("MISSING") if response == "MISSING" else response


def rate_text(rate: Rate) -> str:
    if rate["percent"] is None:
        return NOT_ESTIMABLE
    interval = f"{number(rate['lower'])}–{number(rate['upper'])}"
    return f"{number(rate['percent'])} % ({interval})"
