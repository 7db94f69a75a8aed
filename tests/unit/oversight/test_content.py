"""The canonical content of a signature: its hash and its differences."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from oversight.calc.content import Difference, differences, sha256_of

values = st.none() | st.integers() | st.text(max_size=8)
contents = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="."), min_size=1, max_size=6),
    values | st.dictionaries(st.sampled_from("abc"), values, min_size=1),
    max_size=5,
)


def test_hash_is_of_the_json_with_sorted_keys():
    text = '{"a":"手","b":{"c":1,"d":null}}'
    found = sha256_of({"b": {"d": None, "c": 1}, "a": "手"})
    assert found == hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(text)["a"] == "手"


@given(contents)
def test_order_of_keys_does_not_matter(content):
    turned = dict(reversed(content.items()))
    assert sha256_of(content) == sha256_of(turned)
    assert differences(content, turned) == []


@given(contents, contents)
def test_differences_are_those_of_the_hash(one, other):
    """But for a value of None, which is as good as none."""
    if differences(one, other):
        assert sha256_of(one) != sha256_of(other)
    if sha256_of(one) == sha256_of(other):
        assert differences(one, other) == []


def test_difference_names_the_path_with_both_values():
    old = {"values": {"weight": "71.5"}, "rows": {"3": {"values": {"taken": 6}}}}
    new = {"values": {"weight": "60"}, "rows": {}}
    assert differences(old, new) == [
        Difference("rows.3.values.taken", 6, None),
        Difference("values.weight", "71.5", "60"),
    ]
