"""The drawing has every transition of the table, and nothing else."""

import re
from pathlib import Path
from xml.etree import ElementTree

from django.core.management import call_command

from oversight.calc.diagram import diagram
from oversight.calc.life_cycle import TRANSITIONS, Event, State
from oversight.words import event_words, state_words, transitions_in_words


def drawing():
    return diagram(state_words(), event_words())


def test_every_transition_is_drawn_once_and_no_other():
    drawn = re.findall(r'data-transition="([^"]*)"', drawing())
    assert sorted(drawn) == sorted(
        f"{old} {event} {new}" for (old, event), new in TRANSITIONS.items()
    )


def test_every_state_has_its_box_and_every_event_its_word():
    assert re.findall(r'data-state-box="([^"]*)"', drawing()) == [state.value for state in State]
    assert set(event_words()) == set(Event)
    assert len(transitions_in_words()) == len(TRANSITIONS)


def test_drawing_is_well_formed_and_has_neither_style_nor_script():
    root = ElementTree.fromstring(drawing())
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "defs", "marker", "path", "g", "rect", "text"}
    assert "style=" not in drawing()


def test_words_are_escaped():
    words = dict.fromkeys(State, "<b>")
    assert "<b>" not in diagram(words, event_words())


def test_drawing_in_the_documentation_is_that_of_the_table(capsys):
    call_command("draw_life_cycle")
    shown = Path("docs/life-cycle.svg").read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == shown.strip()
