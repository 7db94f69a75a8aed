import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.numbering import check_digits, is_valid, issue

numbers = st.builds(
    issue,
    st.sampled_from(string.ascii_uppercase),
    st.from_regex(r"[0-9]{2}", fullmatch=True),
    st.integers(min_value=1, max_value=99_999),
)
NEIGHBORS = string.ascii_letters + string.digits + "- 零①"


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        pytest.param("WEST12345698765432GB", 82, id="IBAN of the UK in the SWIFT registry"),
        pytest.param("370400440532013000DE", 89, id="IBAN of Germany in the SWIFT registry"),
        pytest.param("HWUPKR0MPOU8FGXBT3", 94, id="a legal entity identifier, ISO 17442"),
    ],
)
def test_check_digits_agree_with_published_numbers(stem, expected):
    assert check_digits(stem) == expected


def test_number_holds_trial_site_sequence_and_check_digits():
    assert issue("A", "01", 3) == "A01-003-15"


@pytest.mark.parametrize(
    ("prefix", "site", "sequence"),
    [
        ("AB", "01", 1),
        ("a", "01", 1),
        ("", "01", 1),
        ("É", "01", 1),
        ("A", "1", 1),
        ("A", "٠١", 1),
        ("A", "01", 0),
        ("A", "01", -1),
        ("A", "01", 100_000),
    ],
)
def test_number_that_cannot_be_written_is_refused(prefix, site, sequence):
    with pytest.raises(ValueError, match="no patient number"):
        issue(prefix, site, sequence)


@given(numbers)
def test_issued_number_is_valid(number):
    assert is_valid(number)


@given(numbers, st.data())
def test_change_of_one_character_is_noticed(number, data):
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([c for c in NEIGHBORS if c != number[place]]))

    assert not is_valid(number[:place] + other + number[place + 1 :])


@given(numbers, st.data())
def test_swap_of_two_neighbors_is_noticed(number, data):
    places = [i for i in range(len(number) - 1) if number[i] != number[i + 1]]
    place = data.draw(st.sampled_from(places))

    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert not is_valid(swapped)


@pytest.mark.parametrize(
    "number",
    ["", "A01-003", "A01-000-24", "A01-0003-15", "A01-003-15\n", " A01-003-15", "A01-003-015"],
)
def test_number_of_another_shape_is_not_valid(number):
    assert not is_valid(number)
