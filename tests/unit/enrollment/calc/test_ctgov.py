"""A registry's record as a draft of a definition: what it says is taken, the rest is asked for."""

import json
import tomllib

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.ctgov import MISSING, NotARecord, draft_of
from enrollment.calc.definition import DefinitionError, parse

ELIGIBILITY = """Inclusion Criteria:

* Confirmed hepatocellular carcinoma
* At least one target lesion (RECIST 1.1)
  - of 10 mm or more

Exclusion Criteria:

1. Cannot swallow capsules
2. Pregnancy
"""


def record(**sections):
    """A made-up record; sections replace whole modules."""
    modules = {
        "identificationModule": {
            "nctId": "NCT00000000",
            "briefTitle": "Capsules in liver cancer",
            "officialTitle": 'A "made-up" study of capsules',
        },
        "conditionsModule": {"conditions": ["Hepatocellular Carcinoma"]},
        "designModule": {
            "phases": ["PHASE1", "PHASE2"],
            "enrollmentInfo": {"count": 40, "type": "ESTIMATED"},
            "designInfo": {
                "allocation": "RANDOMIZED",
                "interventionModel": "PARALLEL",
                "maskingInfo": {"masking": "QUADRUPLE"},
            },
        },
        "armsInterventionsModule": {
            "armGroups": [{"label": "Capsules"}, {"label": "Placebo"}],
            "interventions": [
                {"type": "BIOLOGICAL", "name": "Capsules", "description": "six\na day"},
                {"type": "DRUG", "name": "Lenvatinib"},
                {"type": "PROCEDURE", "name": "Biopsy"},
            ],
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Progression-free survival", "timeFrame": "2 years"}],
            "secondaryOutcomes": [
                {"measure": "Overall survival"},
                {"measure": "PFS by central review"},
                {"measure": "Change of diversity"},
            ],
        },
        "eligibilityModule": {"eligibilityCriteria": ELIGIBILITY, "minimumAge": "18 Years"},
        "contactsLocationsModule": {
            "locations": [{"facility": "First hospital", "city": "Harbor", "country": "Nowhere"}]
        },
        "moduleOfTomorrow": {"unknown": [1, {"a": None}]},
    }
    return json.dumps({"protocolSection": modules | sections, "hasResults": False})


def test_what_the_record_says_is_taken():
    draft = tomllib.loads(draft_of(record()))
    trial = draft["trial"]
    assert (trial["slug"], trial["blinding"], trial["target_size"]) == ("nct00000000", "double", 40)
    assert trial["title"] == {"en": 'A "made-up" study of capsules'}
    assert trial["phase"] == {"en": "Phase I and Phase II"}
    assert [arm["name"]["en"] for arm in draft["arms"]] == ["Capsules", "Placebo"]
    assert draft["sites"][0]["name"]["en"] == "First hospital, Harbor, Nowhere"
    assert [(item["id"], item["text"]["en"]) for item in draft["criteria"]] == [
        ("I01", "Confirmed hepatocellular carcinoma"),
        ("I02", "At least one target lesion (RECIST 1.1)"),
        ("I03", "of 10 mm or more"),
        ("E01", "Cannot swallow capsules"),
        ("E02", "Pregnancy"),
    ]
    assert draft["products"][0]["id"] == "capsules-1"
    assert [drug["id"] for drug in draft["background"]] == ["lenvatinib-2"]
    assert (draft["endpoints"]["primary"], draft["endpoints"]["secondary"]) == (["pfs"], ["os"])


def test_what_it_does_not_say_is_marked():
    text = draft_of(record())
    for words in ("[[tracks]]", "[[consents]]", "title.zh_hans", "ratio", "number_prefix"):
        assert any(words in line for line in text.splitlines() if line.startswith(MISSING)), words
    assert f"{MISSING} a place for the secondary outcome: Change of diversity" in text


def test_draft_with_the_gaps_filled_is_a_definition():
    """The parser asks for nothing that the draft did not mark, and for nothing in another form."""
    with pytest.raises(DefinitionError) as caught:
        parse(draft_of(record()))
    reasons = {problem.reason for problem in caught.value.problems}
    assert reasons == {"This must be given."}


def test_empty_record_is_a_draft_that_asks_for_everything():
    modules = {"identificationModule": {"nctId": "NCT00000000"}}
    text = draft_of(json.dumps({"protocolSection": modules}))
    assert set(tomllib.loads(text)) == {"trial", "endpoints"}
    assert f"{MISSING} [[sites]], at least one" in text


@pytest.mark.parametrize(("count", "kept"), [(99, 99), (100, 99)])
def test_sites_end_at_99(count, kept):
    places = {"locations": [{"facility": f"Hospital {n}"} for n in range(count)]}
    text = draft_of(record(contactsLocationsModule=places))
    assert len(tomllib.loads(text)["sites"]) == kept
    assert (f"{MISSING} 1 more sites" in text) == (count > 99)


@given(st.text())
def test_any_text_stays_one_text(text):
    names = {"nctId": "NCT00000000", "officialTitle": text}
    criteria = {"eligibilityCriteria": f"Inclusion Criteria:\n* {text}", "sex": text}
    draft = tomllib.loads(draft_of(record(identificationModule=names, eligibilityModule=criteria)))
    assert draft["trial"]["slug"] == "nct00000000"
    assert {"code", "name"} == set(draft["sites"][0])


BAD = {
    "no JSON": "{",
    "deep": "[" * 100_000,
    "a list": "[]",
    "another object": '{"studies": []}',
    "no number": '{"protocolSection": {}}',
    "section of another type": '{"protocolSection": []}',
    "bad number": record(identificationModule={"nctId": "NCT1"}),
    "text for a number": record(designModule={"enrollmentInfo": {"count": "40"}}),
    "text for a list": record(armsInterventionsModule={"armGroups": "Capsules"}),
    "number for a text": record(eligibilityModule={"eligibilityCriteria": 5}),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_record_is_refused_with_a_sentence(text):
    with pytest.raises(NotARecord, match=r"^[T“].*\.$"):
        draft_of(text)


def test_command_writes_beside_the_record_and_never_over_a_file(tmp_path, capsys):
    file = tmp_path / "study.json"
    file.write_text(record(), encoding="utf-8")
    call_command("import_ctgov", str(file))
    said = capsys.readouterr().out
    assert "load_trial will say" in said
    assert "This must be given." in said
    assert tomllib.loads((tmp_path / "study.toml").read_text("utf-8"))["trial"]
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("import_ctgov", str(file))
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_ctgov", str(file))
