"""UniFrac on a tree of three leaves, worked by hand, and trees that are refused."""

import numpy as np
import pytest

from microbiome.calc.newick import MOST_NESTED, BadTree, read_newick
from microbiome.calc.unifrac import METRICS

TREE = "((a:1,b:2):1,c:3);"
ONE_EACH = np.eye(3)


def distances(metric, counts=ONE_EACH, features="abc", tree=TREE):
    return METRICS[metric](np.array(counts, dtype=float), list(features), read_newick(tree))


@pytest.mark.parametrize(
    ("metric", "a_b", "a_c"),
    [
        ("unweighted-unifrac", 3 / 4, 1),
        ("weighted-unifrac", 3, 5),
        ("weighted-normalized-unifrac", 3 / 5, 1),
    ],
)
def test_three_leaves_by_hand(metric, a_b, a_c):
    found = distances(metric)
    assert found[0, 1] == pytest.approx(a_b)
    assert found[0, 2] == pytest.approx(a_c)
    assert np.array_equal(found, found.T)
    assert not found.diagonal().any()


def test_weights_are_proportions():
    """p = (1/2, 1/2, 0) and q = (0, 1/2, 1/2): 1/2 on a, on c and on the branch above a and b."""
    found = distances("weighted-unifrac", [[5, 5, 0], [0, 1, 1]])
    assert found[0, 1] == pytest.approx(0.5 * (1 + 3 + 1))


@pytest.mark.parametrize("metric", METRICS)
def test_leaves_without_reads_change_nothing(metric):
    wider = "(((a:1,d:9):0,b:2):1,(c:1,e:1):2);"
    counts = [[5, 5, 0], [0, 1, 3]]
    expected = distances(metric, counts, tree="((a:1,b:2):1,c:3);")
    assert distances(metric, counts, tree=wider) == pytest.approx(expected)


def test_identical_samples():
    assert distances("unweighted-unifrac", [[1, 2, 0], [2, 4, 0]])[0, 1] == 0


@pytest.mark.parametrize(
    ("label", "feature"),
    [
        ("'it''s (a)'", "it's (a)"),
        ("A_b", "A b"),
        ("A_b", "A_b"),
        ("'A_b'", "A_b"),
        ("[&support=1]x", "x"),
    ],
)
def test_labels(label, feature):
    tree = read_newick(f"({label}:1,b:2e-1)root:5;\n")
    assert feature in tree.tips()
    assert tree.length[0] == 0 or np.isfinite(tree.length[0])


def test_a_quoted_underscore_is_no_space():
    assert "A b" not in read_newick("('A_b':1,b:1);").tips()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(a:1,b:1,c:1);", "not rooted: 3 branches"),
        ("(a:1,b:1)", "semicolon"),
        ("((a:1,b:1);", "not closed"),
        ("(a:1,b:1));", "not opened"),
        ("a:1,b:1;", "outside"),
        ("(a:1,b);", "above b has no length"),
        ("(a:1,b:-1);", "-1"),
        ("(a:1,b:);", "empty"),
        ("(a:1,b:nan);", "nan"),
        ("(a:1,b:1);(c:1,d:1);", "follows"),
        ("(a b:1,c:1);", "two labels"),
        ("(a:1,b:1)(c:1,d:1);", "bracket opens"),
        ("(a:1,'b:1);", "semicolon"),
        (";", "no branches"),
        ("", "semicolon"),
    ],
)
def test_bad_trees_are_refused(text, reason):
    with pytest.raises(BadTree, match=reason):
        read_newick(text)


@pytest.mark.parametrize("text", ["(a:1,a:1);", "(a:1,:1);"])
def test_tips_need_names_of_their_own(text):
    with pytest.raises(BadTree):
        read_newick(text).tips()


def test_the_deepest_tree_is_read_and_a_deeper_one_refused():
    def nested(depth):
        return "(" * depth + "a:1" + ",b:1)" * depth + ";"

    deepest = nested(MOST_NESTED).replace("(a:1,b:1),b:1", "(a:1,b:1):1,b:1")
    with pytest.raises(BadTree, match="no length"):
        read_newick(deepest)
    with pytest.raises(BadTree, match="deeper"):
        read_newick(nested(MOST_NESTED + 1))


def test_unknown_feature_is_refused():
    with pytest.raises(BadTree, match="feature x is not in the tree"):
        distances("unweighted-unifrac", np.eye(2), "ax")
