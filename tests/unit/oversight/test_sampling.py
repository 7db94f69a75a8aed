"""The draw of the sampling plan: stable, documented, of the size that was asked."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oversight.calc.sampling import is_drawn

NAMES = {"seed": "trial-2026", "patient": "S-A01-001", "place": "C1D1", "form": "vital-signs"}
texts = st.text(min_size=1, max_size=12)


def fraction(names):
    text = "|".join([names["seed"], names["patient"], names["place"], names["form"]])
    return int(hashlib.sha256(text.encode()).hexdigest()[:16], 16) / 2**64 * 100


def test_draw_is_the_documented_function_of_the_names():
    drawn = fraction(NAMES)
    assert is_drawn(**NAMES, percent=drawn + 0.001)
    assert not is_drawn(**NAMES, percent=drawn - 0.001)


@given(seed=texts, patient=texts, place=texts, form=texts)
def test_nothing_of_0_and_all_of_100_percent(seed, patient, place, form):
    names = {"seed": seed, "patient": patient, "place": place, "form": form}
    assert not is_drawn(**names, percent=0)
    assert is_drawn(**names, percent=100)


@given(patient=texts, low=st.floats(0, 100), more=st.floats(0, 100))
def test_a_higher_percentage_only_adds(patient, low, more):
    names = NAMES | {"patient": patient}
    if is_drawn(**names, percent=low):
        assert is_drawn(**names, percent=min(100, low + more))


@pytest.mark.parametrize("percent", [10, 20, 50])
def test_the_part_drawn_is_about_what_was_asked(percent):
    drawn = sum(is_drawn(**NAMES | {"patient": f"P{n}"}, percent=percent) for n in range(5000))
    assert abs(drawn / 50 - percent) < 2.5
