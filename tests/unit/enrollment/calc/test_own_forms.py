"""Forms that a definition adds: read from a file, or refused with line and reason."""

from contextlib import suppress

import pytest
from pydantic import TypeAdapter, ValidationError

from enrollment.added import merged
from enrollment.calc.definition import Definition, DefinitionError, parse
from enrollment.calc.definition.form_rules import KEPT, amendments_keep_meaning
from enrollment.calc.definition.forms import LONGEST_NAME, FieldName
from enrollment.forms.conflict import TOUCHED
from enrollment.forms.saving import SavingForm
from enrollment.models import AddedLogForm, AddedVisitForm, KeptValue, QualityFinding
from oversight.models import Lock, Signature
from tests.factories import OWN_FORMS, SMALL_TRIAL, with_own_forms

SOURCE = with_own_forms(SMALL_TRIAL.read_text("utf-8"))
KNOWN = frozenset(
    {"baseline", "vital-signs", "tumor-assessment", "laboratory", "capsule-course"}
    | {"survival-status", "death", "prior-therapies"}
)


def problems(old, new):
    assert old in SOURCE
    with pytest.raises(DefinitionError) as refused:
        parse(SOURCE.replace(old, new, 1), known_forms=KNOWN)
    return refused.value.problems


def test_forms_are_read_and_named_after_their_trial():
    definition = parse(SOURCE, known_forms=KNOWN)
    scan, diary = definition.forms
    assert (scan.name_in("small"), scan.table) == ("small--organ-scan", "organ_scan")
    assert "small--organ-scan" in definition.visit_forms
    assert definition.own_form("small--diary") is diary
    assert definition.own_form("other--diary") is None
    assert Definition.model_validate_json(definition.model_dump_json()) == definition


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('formula = "7 * stools"', 'formula = "7 * stool"', "“stool” at character 5 is no field"),
        ('formula = "7 * stools"', 'formula = "7 *"', "ends too early"),
        ('formula = "7 * stools"', "", "ends too early"),
        ('id = "scanner"', 'id = "patient"', "has a meaning already"),
        ('id = "scanner"', 'id = "ray_missing"', "has a meaning already"),
        ('id = "scanner"', 'id = "patient_id"', "has a meaning already"),
        ('slug = "small"', f'slug = "{"a" * 29}"', "more than 40 letters"),
        ('id = "scanner"', 'id = "Ray"', "is not of the form"),
        ('id = "scanner"', 'id = "nodules"', "already used above"),
        ('id = "scanner"', f'id = "{"a" * 25}"', "at most 24"),
        ("hard = [1, 400]", "hard = [400, 1]", "must be below the upper"),
        ("hard = [1, 400]", "hard = [1, 1e9]", "nearer to 0"),
        ("soft = [50, 200.5]", "soft = [0, 200]", "must lie within"),
        ("hard = [0, 99]", 'hard = [0, 99]\nformula = "1"', "has no “formula”"),
        ('values = ["Y"]', 'values = ["X"]', "“X” is no code of “has_ascites”"),
        ('field = "has_ascites"', 'field = "scanner"', "“scanner” is no choice above"),
        ('code = "N"', 'code = "Y"', "have the same code"),
        ('kind = "log"', 'kind = "visit"', "No visit names this form"),
        ('id = "organ-scan"\nkind = "visit"', 'id = "organ-scan"\nkind = "log"', "to no visit"),
        ('id = "diary"', 'id = "laboratory"', "The program has a form"),
        ('id = "diary"', 'id = "organ-scan"', "already used above"),
        ('"organ-scan"]', '"organ-scam"]', "There is no form “organ-scam”"),
        ('"organ-scan"]', '"other--scan"]', "There is no form “other--scan”"),
        ('label = { en = "stools",', 'label = { zh = "stools",', "This must be given"),
        ('kind = "multiple_choice"', 'kind = "many"', "kind"),
    ],
)
def test_bad_form_is_refused_with_line_and_reason(old, new, reason):
    found = problems(old, new)
    assert any(reason in str(problem) for problem in found), [str(item) for item in found]
    assert all(problem.line for problem in found)


def test_line_is_that_of_the_formula():
    [problem] = problems('formula = "7 * stools"', 'formula = "7 * stool"')
    line = SOURCE.splitlines().index('formula = "7 * stools"') + 1
    assert (problem.line, problem.key) == (line, "fields.3.formula")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('unit = "mm"', 'unit = "cm"'),
        ("places = 1", "places = 2"),
        ('id = "scanner"\nkind = "text"', 'id = "scanner"\nkind = "date"'),
        ('formula = "7 * stools"', 'formula = "6 * stools"'),
    ],
)
def test_amendment_that_changes_the_meaning_is_refused(old, new):
    before = parse(SOURCE, known_forms=KNOWN)
    after = parse(SOURCE.replace(old, new, 1), known_forms=KNOWN)
    [(_place, reason)] = amendments_keep_meaning(after, [before])
    assert "An earlier version has" in reason
    assert not list(amendments_keep_meaning(before, [before]))


def test_form_of_several_versions_has_every_field_and_code_once():
    before = parse(SOURCE, known_forms=KNOWN).forms[0]
    text = OWN_FORMS.read_text("utf-8")
    text = text.replace('  { code = "cyst", label = { en = "cyst", zh_hans = "囊肿" } },\n', "")
    text = text.replace('id = "scanner"', 'id = "probe"').replace('en = "width"', 'en = "breadth"')
    after = parse(with_own_forms(SMALL_TRIAL.read_text("utf-8"), text), known_forms=KNOWN).forms[0]
    whole = {item.id: item for item in merged([before, after]).fields}
    assert list(whole)[0] == "scanner"
    assert list(whole)[-1] == "probe"
    assert whole["width_mm"].label.en == "breadth"
    assert [option.code for option in whole["seen"].options] == ["varices", "thrombus", "cyst"]


def test_longest_name_of_a_form_fits_where_it_is_kept():
    stay = SOURCE.replace('slug = "small"', f'slug = "{"a" * 28}"', 1)
    names = [form.name_in("a" * 28) for form in parse(stay, known_forms=KNOWN).forms]
    assert max(map(len, names)) == LONGEST_NAME
    for model in (KeptValue, Signature, QualityFinding, Lock):
        assert model._meta.get_field("form").max_length == LONGEST_NAME


def test_no_field_takes_the_name_of_what_a_record_or_its_page_has():
    taken = {*dir(AddedVisitForm), *dir(AddedLogForm), *SavingForm(fields=[("a", "a")]).fields}
    is_name = TypeAdapter(FieldName).validate_python
    for name in taken | {TOUCHED}:
        with suppress(ValidationError):
            assert is_name(name) in KEPT
