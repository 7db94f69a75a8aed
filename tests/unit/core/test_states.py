"""Each state that a page can show has a word and a letter."""

import pytest
from django.utils import translation

from core.templatetags.states import STATES, state_label, state_letter
from enrollment.queries.progress import Progress
from oversight.calc.life_cycle import State


@pytest.mark.parametrize("state", [*Progress, *State])
def test_state_has_a_word_and_a_letter(state):
    assert state_label(state)
    assert state_letter(state)


def test_state_letters_differ():
    with translation.override("en"):
        letters = [state_letter(state) for state in STATES]
    assert len(set(letters)) == len(letters)
