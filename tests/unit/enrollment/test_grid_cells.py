"""The rows of the patient grid are the one piece of HTML that Python writes."""

from datetime import date

from enrollment.models import Patient, Visit
from enrollment.queries.grid import Cell, Grid, GridRow
from enrollment.queries.progress import Progress
from enrollment.templatetags.grid import grid_rows


def row(*found):
    return grid_rows(Grid([], [GridRow(Patient(pk=12, number="B01-0012-7"), list(found))]))


def test_grid_cell_links_to_its_visit_and_says_its_state():
    visit = Visit(pk=307, label_en="Course 1, day 1", target_date=date(2026, 3, 2))
    html = row(Cell(visit, Progress.OVERDUE))
    assert 'href="/visits/307/"' in html
    assert 'data-state="overdue"' in html
    assert "Course 1, day 1: Overdue" in html
    assert "2026-03-02" in html


def test_grid_cell_escapes_the_visit_label():
    visit = Visit(pk=1, label_en="<script>alert(1)</script>", target_date=date(2026, 3, 2))
    html = row(Cell(visit, Progress.DUE))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_grid_row_leaves_a_place_empty_where_the_patient_has_no_visit():
    assert row(None, None).endswith("</th><td></td><td></td></tr>")


def test_grid_row_begins_with_a_link_to_the_patient():
    assert '<th scope="row"><a href="/patients/12/">B01-0012-7</a></th>' in row()
