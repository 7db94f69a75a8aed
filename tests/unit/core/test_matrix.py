"""Reading tables of numbers: each refusal names line and reason."""

import numpy as np
import pytest

from core.files.matrix import Numbers, read_matrix
from core.files.table import BadFile

COUNTS = Numbers(may_be_fractions=False)


@pytest.fixture
def read(tmp_path):
    def read(text, numbers=COUNTS, most_samples=10):
        path = tmp_path / "C.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_matrix(path, numbers, most_samples=most_samples)

    return read


def test_samples_features_and_values(read):
    found = read("\ufeffid,a,b\r\ns1,1, 2\r\n\r\ns2,0,3e2\r\n")
    assert (found.samples, found.features, found.lines) == (["s1", "s2"], ["a", "b"], [2, 4])
    assert np.array_equal(found.values, [[1, 2], [0, 300]])


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("id,a\ns1,1\ns1,2\n", 3, "s1 is there twice, first on line 2"),
        ("id,a,a\ns1,1,2\n", 1, "column a is there twice"),
        ("id,a,\ns1,1,2\n", 1, "column 3 has no name"),
        ("id\ns1\n", 1, "at least one feature"),
        ("", 1, "at least one feature"),
        ("id,a\n", 1, "no samples"),
        ("id,a\n,1\n", 2, "no name"),
        ("id,a\ns1,1,2\n", 2, "3 fields, the header 2"),
        ("id,a\ns1,0.5\n", 2, "a must be a whole number, and is 0.5"),
        ("id,a,b\ns1,1,-1\n", 2, "b must not be negative, and is -1"),
        ("id,a\ns1,\n", 2, "a must be a number, and is empty"),
        ("id,a\ns1,NA\n", 2, "a must be a number, and is NA"),
        ("id,a\ns1,inf\n", 2, "a must be a number, and is inf"),
        ("id,a\ns1,1_000\n", 2, "a must be a number, and is 1_000"),
        ('id,a\ns1,"1\n', 2, "no CSV"),
        (b"id,a\ns\xff,1\n", 0, "UTF-8"),
    ],
)
def test_bad_files_are_refused(read, text, line, reason):
    with pytest.raises(BadFile) as refused:
        read(text)
    first = refused.value.rows[0]
    assert first.line == line
    assert reason in first.reason


def test_every_bad_row_is_found(read):
    with pytest.raises(BadFile) as refused:
        read("id,a\ns1,x\ns2,1\ns3,-1\n")
    assert [row.line for row in refused.value.rows] == [2, 4]


def test_fractions_and_negative_numbers_where_they_may_be(read):
    assert read("id,a\ns,0.5\n", Numbers()).values[0, 0] == 0.5
    assert read("id,a\ns,-0.5\n", Numbers(may_be_negative=True)).values[0, 0] == -0.5
    with pytest.raises(BadFile, match="negative"):
        read("id,a\ns,-0.5\n", Numbers())


def test_most_samples(read):
    text = "id,a\n" + "".join(f"s{i},1\n" for i in range(3))
    assert len(read(text, most_samples=3).samples) == 3
    with pytest.raises(BadFile, match="line 4: there are more than 2 samples"):
        read(text, most_samples=2)


def test_no_such_file(tmp_path):
    with pytest.raises(BadFile, match="no such file"):
        read_matrix(tmp_path / "C.csv", COUNTS, most_samples=1)
