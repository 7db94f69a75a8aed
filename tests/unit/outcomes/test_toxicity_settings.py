"""The table [dose_limiting_toxicity]: what is refused, and how it reads."""

import pytest
from django.urls import reverse

from enrollment.actions import load_definition
from enrollment.calc.definition import DefinitionError, parse
from outcomes.queries.toxicity_settings import toxicity_panel
from tests.factories import SMALL_TRIAL, make_member, make_trial, randomized_source


def small(old, new):
    text = SMALL_TRIAL.read_text("utf-8")
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("window_days = 21", "window_days = 0", "window_days", "greater than 0"),
        ("least_grade = 3", "least_grade = 6", "least_grade", "less than or equal to 5"),
        ("least_doses_percent = 75", "least_doses_percent = 101", "least_doses_percent", "100"),
        ('id = "second"', 'id = "first"', "id", "already used above"),
        ("size = 3\nallowed = 0", "size = 3\nallowed = 3", "allowed", "fewer patients"),
        ("expanded_size = 6\n", "", "expanded_size", "together"),
        ("expanded_size = 6", "expanded_size = 3", "expanded_size", "larger than the first"),
        ("expanded_allowed = 1", "expanded_allowed = 0", "expanded_allowed", "allows more"),
        ("expanded_allowed = 1", "expanded_allowed = 6", "expanded_allowed", "fewer patients"),
        ("\nallowed = 0", "", "allowed", "A cohort that can grow"),
        ('["Anorexia"]', '["Enterocolitis infectious"]', "terms", "stands twice"),
    ],
)
def test_rule_that_makes_no_sense_is_refused_with_its_place(old, new, key, reason):
    with pytest.raises(DefinitionError) as caught:
        parse(small(old, new))
    assert any(
        problem.table == "dose_limiting_toxicity"
        and problem.key.endswith(key)
        and reason in problem.reason
        for problem in caught.value.problems
    )


def test_cohort_of_a_blinded_trial_names_no_arm():
    text = randomized_source()
    assert parse(text).is_blinded
    with pytest.raises(DefinitionError, match="leave the arms out of it"):
        parse(text.replace('en = "First cohort"', 'en = "Cohort on CAPSULES"'))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('["Anorexia"]', '["Loss of joy"]', "has no term “Loss of joy”"),
        ('term = "Enterocolitis infectious"', 'term = "Colic"', "has no term “Colic”"),
        (
            'term = "Enterocolitis infectious"\nleast_grade = 2',
            'term = "Dysgeusia"\nleast_grade = 3',
            "has no grade 3 of “Dysgeusia”",
        ),
    ],
)
def test_term_or_grade_that_the_version_lacks_is_refused(old, new, reason):
    with pytest.raises(DefinitionError, match=reason):
        load_definition(small(old, new), by=None)


def test_rule_reads_as_sentences():
    shown = toxicity_panel(parse(SMALL_TRIAL.read_text("utf-8")))
    assert dict(shown["lines"])["Window"] == "day 1, that of the first dose, to day 21"
    assert dict(shown["lines"])["Own grades"] == "Enterocolitis infectious from grade 2"
    assert dict(shown["cohorts"]) == {
        "First cohort": "goes on with at most 0 of 3",
        "Second cohort": "4 patients, no rule",
    }


@pytest.mark.django_db
def test_protocol_page_shows_the_rule(client):
    trial = make_trial()
    client.force_login(make_member(trial, "monitor"))
    page = client.get(reverse("enrollment:definition-detail", args=[trial.slug]))
    assert b"goes on with at most 0 of 3" in page.content
    assert b"Rule assumed, not from the protocol" in page.content
