from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.calc.moments import RepeatedTime, SkippedTime, moment_text, moments_of, parse_moment
from core.fields.moment import MomentInput

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 21)


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21 14:05", "2026-11-21T06:05Z"),
        ("2026-11-21T14:05:07", "2026-11-21T06:05:07Z"),
        ("21nov26 9:05", "2026-11-21T01:05Z"),
        ("t 00:00", "2026-11-20T16:00Z"),
        ("2026-11-21 14:05 +01:00", "2026-11-21T13:05Z"),
        ("2026-11-21 14:05Z", "2026-11-21T14:05Z"),
        ("2026-11-21 14:05 -0330", "2026-11-21T17:35Z"),
        ("２０２６-11-21　14：05", "2026-11-21T06:05Z"),
    ],
)
def test_parse_moment_reads(text, expected):
    assert parse_moment(text, zone=SHANGHAI, today=TODAY) == at(expected)


@pytest.mark.parametrize(
    "text", ["2026-11-21", "14:05", "2026-11-21 24:00", "2026-11-31 10:00", ""]
)
def test_parse_moment_refuses(text):
    with pytest.raises(ValueError):
        parse_moment(text, zone=SHANGHAI, today=TODAY)


def test_parse_moment_in_the_hour_that_was_skipped():
    with pytest.raises(SkippedTime):
        parse_moment("2026-03-29 02:30", zone=BERLIN, today=TODAY)


def test_parse_moment_in_the_hour_that_came_twice_names_both():
    with pytest.raises(RepeatedTime) as refused:
        parse_moment("2026-10-25 02:30", zone=BERLIN, today=TODAY)

    assert refused.value.offsets == ["+02:00", "+01:00"]


def test_parse_moment_with_the_offset_is_one_of_the_two():
    first = parse_moment("2026-10-25 02:30 +02:00", zone=BERLIN, today=TODAY)

    assert first == at("2026-10-25T00:30Z")
    assert moment_text(first, BERLIN) == "2026-10-25 02:30 +02:00"


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(lambda d: d.replace(microsecond=0))
)
def test_what_is_shown_reads_back_as_the_same_moment(naive):
    moment = naive.replace(tzinfo=UTC)

    assert parse_moment(moment_text(moment, BERLIN), zone=BERLIN, today=TODAY) == moment


def test_moments_of_usual_time_is_one():
    assert len(moments_of(datetime(2026, 6, 1, 12), BERLIN)) == 1


class Form(forms.Form):
    at = MomentInput()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "Enter a date and a time such as 2026-11-21 14:05."),
        ("2026-03-29 02:30", "The clocks of the site went forward over this time."),
        ("2026-10-25 02:30", "Add +02:00 for the first or +01:00 for the second."),
        ("1899-01-01 10:00", "Enter a date between 1900 and 2100."),
    ],
)
def test_input_says_what_to_enter_instead(text, message):
    with timezone.override(BERLIN):
        form = Form({"at": text})

        assert message in form.errors["at"][0]


def test_input_sent_back_as_shown_has_not_changed():
    stored = at("2026-10-25T01:30Z")
    with timezone.override(BERLIN):
        shown = Form(initial={"at": stored})["at"].value()
        form = Form({"at": shown}, initial={"at": stored})

        assert shown == "2026-10-25 02:30 +01:00"
        assert not form.has_changed()
        assert form.is_valid()
        assert form.cleaned_data["at"] == stored
