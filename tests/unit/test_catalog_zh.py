"""The Chinese catalog: whole, sure of itself, and with the placeholders of the English."""

import re
from collections import Counter
from pathlib import Path

import polib
import pytest

pytestmark = pytest.mark.once

PATH = Path(__file__).parents[2] / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%%|</?\w+[^>]*>")
LETTERS_OF_THE_GRID = set("DOMHKPQCVSL")
SAME_IN_BOTH = (
    LETTERS_OF_THE_GRID
    | {"CT", "PET-CT", "95% CI", "CSV", "PDF", "B", "F", "DLT", "DNA", "OMNIgene", "RNAlater"}
    | {
        "HR %(ratio)s",
        "p = %(p)s",
    }
)


@pytest.fixture(scope="module")
def catalog():
    return polib.pofile(PATH)


def pairs(catalog):
    """Each English text, the plural where there is one, with its translation."""
    for entry in catalog:
        yield entry.msgid_plural or entry.msgid, entry.msgstr or entry.msgstr_plural.get(0, "")


def placeholders(text):
    return Counter(PLACEHOLDER.findall(text))


def test_catalog_holds_the_messages_of_the_site(catalog):
    assert len(catalog) > 900


def test_every_message_is_translated(catalog):
    assert [entry.msgid for entry in catalog if not entry.translated() and not entry.fuzzy] == []


def test_no_translation_is_a_guess(catalog):
    assert [entry.msgid for entry in catalog if entry.fuzzy] == []


def test_placeholders_and_tags_are_those_of_the_english(catalog):
    different = [
        (english, chinese)
        for english, chinese in pairs(catalog)
        if placeholders(english) != placeholders(chinese)
    ]
    assert different == []


def test_only_listed_messages_stay_as_they_are(catalog):
    same = {english for english, chinese in pairs(catalog) if english == chinese}
    assert same - SAME_IN_BOTH == set()
