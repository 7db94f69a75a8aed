from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.randomization import Slot
from enrollment.calc.randomization_file import (
    ListRefused,
    fingerprint,
    read_slots,
    to_text,
    weigh,
)

STRATA, ARMS = ["no/0", "yes/0"], ["study", "control"]
GOOD = b"""stratum,sequence,arm
no/0,1,study
yes/0,1,control
no/0,2,control
yes/0,2,study
"""


def read(content):
    return read_slots(content, strata=STRATA, arms=ARMS)


def test_good_list_is_read_in_its_order():
    assert read(GOOD) == [
        Slot("no/0", 1, "study"),
        Slot("yes/0", 1, "control"),
        Slot("no/0", 2, "control"),
        Slot("yes/0", 2, "study"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD, id="byte order mark"),
        pytest.param(GOOD.replace(b"\n", b"\r\n"), id="lines as Windows ends them"),
        pytest.param(GOOD.rstrip(b"\n"), id="no end of the last line"),
    ],
)
def test_what_spreadsheets_write_is_read(content):
    assert read(content) == read(GOOD)


BAD = {
    "empty": (b"", 1, "first line"),
    "no header": (GOOD.partition(b"\n")[2], 1, "first line"),
    "semicolons": (GOOD.replace(b",", b";"), 1, "first line"),
    "blank line": (GOOD + b"\n", 6, "3 cells are expected, not 0"),
    "a cell too many": (GOOD.replace(b"1,study", b"1,study,x"), 2, "not 4"),
    "unknown stratum": (GOOD.replace(b"yes/0,1", b"yes/3,1"), 3, "no stratum “yes/3”"),
    "unknown arm": (GOOD.replace(b"2,control", b"2,placebo"), 4, "no such arm"),
    "arm with a space": (GOOD.replace(b"2,control", b"2,control "), 4, "no such arm"),
    "no number": (GOOD.replace(b"no/0,2", b"no/0,two"), 4, "not a whole number"),
    "a number with zeros": (GOOD.replace(b"no/0,2", b"no/0,02"), 4, "not a whole number"),
    "gap": (GOOD.replace(b"no/0,2", b"no/0,3"), 4, "is 2, not 3"),
    "twice": (GOOD.replace(b"no/0,2", b"no/0,1"), 4, "is 2, not 1"),
    "starts at 2": (GOOD.replace(b"yes/0,1", b"yes/0,2"), 3, "is 1, not 2"),
    "stratum without places": (b"stratum,sequence,arm\nno/0,1,study\n", None, "“yes/0” has no"),
    "header alone": (b"stratum,sequence,arm\n", None, "“no/0” has no"),
    "not UTF-8": (GOOD + b"no/0,3,\xff\n", 6, "not UTF-8"),
    "not text": (GOOD + b"\0\n", None, "not text"),
    "open quote": (GOOD + b'"no/0,3,study\n', 6, "not CSV"),
}


@pytest.mark.parametrize(("content", "line", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_list_is_refused_whole_with_line_and_reason(content, line, reason):
    with pytest.raises(ListRefused) as refusal:
        read(content)

    assert refusal.value.line == line
    assert reason in refusal.value.reason


def test_list_of_too_many_places_is_refused():
    rows = "".join(f"no/0,{number},study\n" for number in range(1, 20_002))

    with pytest.raises(ListRefused, match="at most 20000"):
        read(b"stratum,sequence,arm\n" + rows.encode())


lists = st.lists(st.tuples(st.sampled_from(STRATA), st.sampled_from(ARMS)), max_size=30)


@given(lists)
def test_list_reads_back_as_it_was_written(rows):
    slots = [Slot(name, 1, "study") for name in STRATA]
    for stratum, arm in rows:
        reached = sum(slot.stratum == stratum for slot in slots)
        slots.append(Slot(stratum, reached + 1, arm))

    assert read(to_text(slots).encode()) == slots


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    with suppress(ListRefused):
        assert read(content)


def test_balance_counts_places_and_the_worst_beginning():
    arms = ["study", "study", "control", "control", "study"]
    [balance] = weigh(
        [Slot("all", n, arm) for n, arm in enumerate(arms, 1)], dict.fromkeys(ARMS, 1)
    )

    assert (balance.stratum, balance.places) == ("all", 5)
    assert balance.by_arm == {"study": 3, "control": 2}
    # After two places: two of one arm where one is its share.
    assert balance.worst == 1.0


def test_balance_of_two_to_one():
    arms = ["control", "study", "study"]
    [balance] = weigh(
        [Slot("all", n, a) for n, a in enumerate(arms, 1)], {"study": 2, "control": 1}
    )

    assert balance.worst == 0.67


def test_fingerprint_is_sha256():
    # printf '' | sha256sum
    assert fingerprint(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
