"""The rows of the patient grid.

A page has thousands of cells. Through the template language each takes some 0.2 ms, so this one
piece of HTML is put together in Python.
"""

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.templatetags.states import STATES
from enrollment.queries.grid import Cell, Grid, GridRow

register = template.Library()

NO_VISIT = "<td></td>"


@register.simple_tag
def grid_rows(grid: Grid) -> SafeString:
    """One `<tr>` for each patient, with links to the patient and to each visit, or to the form that
    waits there."""
    # Addresses and words are looked up once: that takes longer than writing a cell.
    patient_url = _address("enrollment:patient-detail")
    visit_url = _address("enrollment:visit-detail")
    words = {
        state: (escape(str(letter)), escape(str(word))) for state, (letter, word) in STATES.items()
    }

    def cell_html(cell: Cell) -> str:
        visit, state = cell.visit, cell.progress
        letter, word = words[state]
        address = visit_url % visit.pk + (f"forms/{cell.form}/" if cell.form else "")
        return (
            f'<td><a class="cell" data-state="{state}" href="{address}"'
            f' title="{word} · {visit.target_date}"><span aria-hidden="true">{letter}</span>'
            f'<span class="visually-hidden">{escape(visit.label)}: {word}</span></a></td>'
        )

    def row_html(row: GridRow) -> str:
        address = patient_url % row.patient.pk
        cells = "".join(cell_html(cell) if cell else NO_VISIT for cell in row.cells)
        link = f'<a href="{address}">{escape(row.patient.number)}</a>'
        return f'<tr><th scope="row">{link}</th>{cells}</tr>'

    return mark_safe("".join(map(row_html, grid.rows)))  # noqa: S308 - every text is escaped


def _address(name: str) -> str:
    """The page's address with a place for the id."""
    before, after = reverse(name, args=[0]).replace("%", "%%").rsplit("0", 1)
    return f"{before}%s{after}"
