"""Simon's published designs, and estimates after them."""

import pytest
from scipy.stats import binom

from outcomes.calc.simon import TwoStage, simon_design, two_stage_result, unbiased_estimate


@pytest.mark.parametrize(
    ("p0", "p1", "goal", "expected", "size"),
    [
        pytest.param(0.05, 0.25, "optimal", (0, 9, 2, 17), 11.96, id="Simon 1989, table 1"),
        pytest.param(0.05, 0.25, "minimax", (0, 12, 2, 16), 13.84, id="minimax"),
        pytest.param(0.1, 0.3, "optimal", (1, 10, 5, 29), 15.01, id="10 against 30 %"),
        pytest.param(0.2, 0.4, "optimal", (3, 13, 12, 43), 20.58, id="20 against 40 %"),
        pytest.param(0.3, 0.5, "optimal", (5, 15, 18, 46), 23.63, id="30 against 50 %"),
    ],
)
def test_published_designs(p0, p1, goal, expected, size):
    design = simon_design(p0=p0, p1=p1, alpha=0.05, beta=0.2, goal=goal)
    assert (design.r1, design.n1, design.r, design.n) == expected
    assert design.expected_size(p0) == pytest.approx(size, abs=0.005)
    assert 1 - design.rejection_probability(p0) <= 0.05
    assert design.rejection_probability(p1) <= 0.2


DESIGN = TwoStage(1, 10, 5, 29)


def test_a_trial_that_stopped_keeps_its_proportion():
    result = two_stage_result(DESIGN, responses=1, n=10, p0=0.1)
    assert result.umvue == 0.1
    assert result.p_value == pytest.approx(0.6513, abs=1e-4)


def test_the_unbiased_estimate_is_unbiased():
    for p in (0.1, 0.3, 0.55):
        mean = 0.0
        for x in range(11):
            if x <= DESIGN.r1:
                mean += binom.pmf(x, 10, p) * x / 10
                continue
            for y in range(20):
                found = unbiased_estimate(DESIGN, x + y, 29)
                mean += binom.pmf(x, 10, p) * binom.pmf(y, 19, p) * found
        assert mean == pytest.approx(p, abs=1e-9)


def test_the_interval_holds_the_estimate_and_grows_with_the_responses():
    results = [two_stage_result(DESIGN, responses=s, n=29, p0=0.1) for s in range(2, 30)]
    assert all(r.lower <= r.umvue <= r.upper for r in results)
    assert all(a.lower < b.lower for a, b in zip(results, results[1:], strict=False))
    assert results[-1].upper == 1.0


def test_no_response_has_a_lower_limit_of_0():
    assert two_stage_result(DESIGN, responses=0, n=10, p0=0.1).lower == 0.0


@pytest.mark.parametrize(("responses", "n"), [(2, 10), (1, 29), (5, 20), (30, 29)])
def test_what_the_design_cannot_give_is_refused(responses, n):
    with pytest.raises(ValueError, match="is no result of this design"):
        two_stage_result(DESIGN, responses=responses, n=n, p0=0.1)


def test_a_question_without_an_answer():
    with pytest.raises(ValueError, match="0 < p0 < p1 < 1"):
        simon_design(p0=0.3, p1=0.1, alpha=0.05, beta=0.2, goal="optimal")
    with pytest.raises(ValueError, match="at most 20 patients"):
        simon_design(p0=0.1, p1=0.15, alpha=0.05, beta=0.2, goal="minimax", largest_n=20)
