"""Formulas: the terms that R would have, and what is refused."""

import numpy as np
import pytest

from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.formula import Term, column_of, parse_formula, term_columns


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("~ arm", ["arm"]),
        ("~ arm * visit + age", ["arm", "visit", "age", "arm:visit"]),
        ("~patient+arm:time", ["patient", "arm:time"]),
        ("~ b + a:b", ["b", "b:a"]),
        ("~ a*b*c", ["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c"]),
        ("~ a*b:c", ["a", "b:c", "a:b:c"]),
        ("~ a + a + a:a", ["a"]),
        ("~ factor(visit) + `body mass` + my.x_1", ["factor(visit)", "body mass", "my.x_1"]),
    ],
)
def test_terms(text, names):
    assert [term.name for term in parse_formula(text)] == names


@pytest.mark.parametrize(
    "text",
    ["arm", "d ~ arm", "~", "~ a +", "~ + a", "~ a b", "~ a - b", "~ (a)", "~ a ** b", "~ 1"],
)
def test_no_formula(text):
    with pytest.raises(NotAnalyzable, match="ormula"):
        parse_formula(text)


def test_columns_of_a_factor():
    assert column_of("factor(visit)") == "visit"
    assert column_of("visit") == "visit"


def test_columns_of_labels_numbers_and_both():
    data = {"arm": np.array(["a", "b", "a"]), "age": np.array([1.0, 2.0, 3.0])}
    assert term_columns(Term(("arm",)), data).tolist() == [[1, 0], [0, 1], [1, 0]]
    assert term_columns(Term(("age",)), data).tolist() == [[1], [2], [3]]
    assert term_columns(Term(("arm", "age")), data).tolist() == [[1, 0], [0, 2], [3, 0]]


def test_an_interaction_has_the_combinations_that_occur():
    data = {"arm": np.array(["a", "a", "b"]), "visit": np.array(["1", "2", "1"])}
    assert term_columns(Term(("arm", "visit")), data).shape == (3, 3)
