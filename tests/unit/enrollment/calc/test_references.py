from decimal import Decimal

import pytest

from enrollment.calc.definition import DefinitionError
from enrollment.calc.references import parse_references


@pytest.fixture
def references(references_text):
    return parse_references(references_text)


def test_references_hold_the_groups_of_the_review(references):
    """22 groups: 19 rows of the table, of which three hold two groups in one row."""
    assert len(references.references) == 22
    assert references.source.doi == "10.12449/JCH240227"


def test_reference_keeps_a_rate_for_each_criteria(references):
    (combination,) = references.named(("huang-2022-combination",))

    assert combination.orr_percent == {"recist_1_1": Decimal("24.1"), "mrecist": Decimal("36.2")}
    assert combination.median_os_months == Decimal("13.4")
    assert combination.median_pfs_months is None


def test_references_come_in_the_order_they_are_named_in(references):
    ids = ("wong-2021", "bai-2021")

    assert tuple(reference.id for reference in references.named(ids)) == ids


def test_reference_that_does_not_exist_is_an_error(references):
    with pytest.raises(KeyError):
        references.named(("nobody-1900",))


def test_reference_twice_is_refused_with_its_line(references_text):
    text = references_text.replace('id = "bai-2021"', 'id = "wong-2021"')

    with pytest.raises(DefinitionError) as caught:
        parse_references(text)

    (problem,) = caught.value.problems
    assert problem.line == text[: text.rindex('id = "wong-2021"')].count("\n") + 1
    assert "already used" in problem.reason


def test_rate_above_100_percent_is_refused(references_text):
    with pytest.raises(DefinitionError, match="less than or equal to 100"):
        parse_references(references_text.replace("dcr_percent = 40", "dcr_percent = 140"))
