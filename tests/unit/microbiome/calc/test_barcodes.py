import pytest
from hypothesis import given
from hypothesis import strategies as st

from microbiome.calc.barcodes import as_scanned, check_character, is_valid, issue, sequence_of

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ISSUED = st.builds(issue, st.sampled_from("ABCZ"), st.integers(1, 999_999))


def test_check_character_of_a_published_number():
    """The donation number of the ISBT 128 standard, appendix A: G1234 98 654321 has check H."""
    assert check_character("G123498654321") == "H"


@pytest.mark.parametrize(("prefix", "sequence"), [("A", 0), ("A", 1_000_000), ("a", 1), ("AB", 1)])
def test_what_is_no_barcode_is_refused(prefix, sequence):
    with pytest.raises(ValueError):
        issue(prefix, sequence)


def test_first_and_last():
    assert sequence_of(issue("A", 1)) == 1
    assert sequence_of(issue("A", 999_999)) == 999_999


@given(ISSUED)
def test_issued_barcodes_are_valid_however_typed(barcode):
    assert is_valid(barcode)
    assert as_scanned(f" {barcode[:2].lower()} {barcode[2:5]}-{barcode[5:]}\n") == barcode


@given(ISSUED, st.integers(0, 8), st.sampled_from(CHARACTERS))
def test_every_change_of_a_character_is_noticed(barcode, place, other):
    changed = barcode[:place] + other + barcode[place + 1 :]
    assert changed == barcode or not is_valid(changed)


@given(ISSUED, st.integers(0, 7))
def test_every_swap_of_neighbors_is_noticed(barcode, place):
    swapped = barcode[:place] + barcode[place + 1] + barcode[place] + barcode[place + 2 :]
    assert swapped == barcode or not is_valid(swapped)
