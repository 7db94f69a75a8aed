"""Error pages are drawn from nothing: no request, no session, no database."""

import pytest
from django.template.loader import render_to_string


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500", "503"])
def test_error_page_is_drawn_without_request_and_database(code):
    html = render_to_string(f"{code}.html")
    assert html.count("<h1>") == 1
    assert "<script" not in html
    assert "style=" not in html


def test_error_page_500_shows_the_reference():
    assert "7f3a-91c2" in render_to_string("500.html", {"reference": "7f3a-91c2"})


def test_error_page_503_keeps_what_was_typed():
    html = render_to_string("503.html", {"posted": [("weight_kg", '"70" & more')], "path": "/v/1/"})
    assert 'name="weight_kg"' in html
    assert "&quot;70&quot; &amp; more" in html
    assert 'action="/v/1/"' in html
