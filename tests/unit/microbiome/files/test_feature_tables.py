"""Layouts that providers send, and what is refused before anything is computed."""

import io
import json
import tracemalloc
import zipfile

import h5py
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microbiome.files.feature_tables import BadTable, read_feature_table, unpacked
from microbiome.models import TableSample

COUNTS = [[5, 0, 2], [0, 7, 1]]  # two samples, three features
QIIME = (
    b"# Constructed from biom file\n#OTU ID\tS1\tS2\ttaxonomy\n"
    b"f1\t5.0\t0\tg__A\nf2\t0\t7\t\nf3\t2\t1\tg__C\n"
)
MOTHUR = b"label\tGroup\tnumOtus\tf1\tf2\tf3\t\n0.03\tS1\t3\t5\t0\t2\t\n0.03\tS2\t3\t0\t7\t1\t\n"
BY_SAMPLE = b"sample,f1,f2,f3\nS1,5,0,2\nS2,0,7,1\n"
BY_FEATURE = "\ufefffeature\tS1\tS2\r\nf1\t5\t0\r\nf2\t0\t7\r\nf3\t2\t1\r\n".encode()


def biom(data, kind="sparse", **changes):
    told = {
        "matrix_type": kind,
        "rows": [{"id": f"f{n}", "metadata": {"taxonomy": ["g__A"]}} for n in (1, 2, 3)],
        "columns": [{"id": "S1", "metadata": None}, {"id": "S2", "metadata": None}],
        "data": data,
    }
    return json.dumps(told | changes).encode()


def biom21(**changes):
    """As biom-format writes it; `changes` replace datasets by path, or are called with the file."""
    made = io.BytesIO()
    parts = {
        "observation/ids": [b"f1", b"f2", b"f3"],
        "sample/ids": [b"S1", b"S2"],
        "observation/matrix/data": numpy.array([5.0, 7, 2, 1]),
        "observation/matrix/indices": numpy.array([0, 1, 0, 1]),
        "observation/matrix/indptr": numpy.array([0, 1, 2, 4]),
        "observation/metadata/taxonomy": [[b"k__A", b"g__A"], [b"k__A", b""], [b"k__A", b"g__C"]],
    }
    more = changes.pop("more", lambda file: None)
    with h5py.File(made, "w") as file:
        for path, values in (parts | changes).items():
            if values is not None:
                file[path] = values
        more(file)
    return made.getvalue()


UUID = "0b8f0d3a-1111-4222-8333-444455556666"


def qza(content, name="feature-table.biom"):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{UUID}/VERSION", "QIIME 2")
        archive.writestr(f"{UUID}/data/{name}", content)
    return made.getvalue()


def claims_a_billion(file):
    del file["observation/matrix/data"]
    file.create_dataset("observation/matrix/data", shape=(10**9,), dtype="f8", chunks=True)


def points_elsewhere(file):
    del file["observation/ids"]
    file["observation/ids"] = h5py.ExternalLink("/etc/passwd", "/ids")


SPARSE = biom([[0, 0, 5], [1, 1, 7], [2, 0, 2], [2, 1, 1]])
DENSE = biom([[5, 0], [0, 7], [2, 1]], "dense")


@pytest.mark.parametrize(
    ("content", "samples_are_rows", "layout"),
    [
        pytest.param(QIIME, True, "qiime-tsv", id="QIIME says it itself"),
        pytest.param(MOTHUR, False, "mothur-shared", id="mothur says it itself"),
        pytest.param(BY_SAMPLE, True, "matrix", id="samples in rows"),
        pytest.param(BY_FEATURE, False, "matrix", id="features in rows"),
        pytest.param(SPARSE, True, "biom-1.0", id="BIOM, sparse"),
        pytest.param(DENSE, True, "biom-1.0", id="BIOM, dense"),
        pytest.param(biom21(), True, "biom-2.1", id="BIOM 2.1"),
        pytest.param(qza(biom21()), True, "qza", id="QIIME 2"),
    ],
)
def test_every_layout_gives_the_same_counts(content, samples_are_rows, layout):
    table = read_feature_table(content, samples_are_rows=samples_are_rows)
    assert (table.layout, table.samples, table.features) == (
        layout,
        ["S1", "S2"],
        ["f1", "f2", "f3"],
    )
    assert unpacked(table.packed, (2, 3)).tolist() == COUNTS
    assert table.digest == read_feature_table(BY_SAMPLE, samples_are_rows=True).digest


def test_longest_name_is_what_a_sample_may_have_and_a_sequence_is_longer():
    longest = TableSample._meta.get_field("name").max_length
    content = f"sample,{'ACGT' * 63}\n{'S' * longest},1\n".encode()
    found = read_feature_table(content, samples_are_rows=True)
    assert (found.samples, found.features) == (["S" * longest], ["ACGT" * 63])


def test_taxa_are_kept():
    assert read_feature_table(QIIME, samples_are_rows=False).taxa == ["g__A", "", "g__C"]
    assert read_feature_table(SPARSE, samples_are_rows=False).taxa == ["g__A"] * 3
    known = ["k__A; g__A", "k__A", "k__A; g__C"]
    assert read_feature_table(biom21(), samples_are_rows=False).taxa == known


def test_names_that_look_like_missing_values_are_names():
    table = read_feature_table(b"sample,NA,None\nNA,1,2\n", samples_are_rows=True)
    assert (table.samples, table.features) == (["NA"], ["NA", "None"])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"\x89HDF\r\n\x1a\n", "not-biom", id="broken HDF5"),
        pytest.param(biom21(more=claims_a_billion), "too-many", id="HDF5 bomb"),
        pytest.param(biom21(more=points_elsewhere), "not-biom", id="HDF5 of another file"),
        pytest.param(biom21(**{"sample/ids": None}), "not-biom", id="HDF5 without samples"),
        pytest.param(
            biom21(**{"observation/matrix/indptr": [0, 1, 2, 9]}), "not-biom", id="HDF5 that lies"
        ),
        pytest.param(
            biom21(**{"observation/matrix/indices": [0, 1, 0, 2]}), "not-biom", id="HDF5 outside"
        ),
        pytest.param(b"PK\x03\x04rest", "packed", id="broken zip"),
        pytest.param(qza(biom21(), "tree.nwk"), "packed", id="zip without a table"),
        pytest.param(qza(b"\x89HDF\r\n\x1a\n" + bytes(10**7)), "bomb", id="zip bomb"),
        pytest.param(b"\x1f\x8b\x08", "packed", id="gzip"),
        pytest.param("Größe,f1\nä,1\n".encode("latin-1"), "encoding", id="Latin-1"),
        pytest.param("a,b\nc,1\n".encode("utf-16"), "encoding", id="UTF-16"),
        pytest.param(b"a,b\nc\0,1\n", "encoding", id="NUL"),
        pytest.param(b" \n", "empty", id="nothing"),
        pytest.param(b"sample,f1\n", "empty", id="no samples"),
        pytest.param(b"sample\nS1\n", "empty", id="no features"),
        pytest.param(b"sample,f1\nS1,1,2\n", "width", id="too wide"),
        pytest.param(b"sample,f1\nS1,x\n", "not-a-number", id="text"),
        pytest.param(b"sample,f1\nS1,nan\n", "not-a-number", id="NaN"),
        pytest.param(b"sample,f1\nS1,-1\n", "negative", id="negative"),
        pytest.param(b"sample,f1\nS1,0.5\n", "fraction", id="fraction"),
        pytest.param(b"sample,f1\nS1,9007199254740993e3\n", "fraction", id="too large to be exact"),
        pytest.param(b"sample,f1\nS1,1\nS1,2\n", "twice", id="sample twice"),
        pytest.param(b"sample,f1,f1\nS1,1,1\n", "twice", id="feature twice"),
        pytest.param(b"sample,f1,\nS1,1,1\n", "no-name", id="no name"),
        pytest.param(b"sample,f1\n" + b"S" * 201 + b",1\n", "long-name", id="long name"),
        pytest.param(biom([[0, 0, 5]]).replace(b'"f', b'"\\u0000f'), "encoding", id="NUL in BIOM"),
        pytest.param(b'sample,f1\n"S1,1\n', "not-a-table", id="open quote"),
        pytest.param(MOTHUR + b"0.01\tS3\t3\t5\t0\t2\t\n", "several-labels", id="two levels"),
        pytest.param(b"{" * 100_000, "not-biom", id="deep JSON"),
        pytest.param(b'{"rows": []}', "not-biom", id="other JSON"),
        pytest.param(biom([[9, 0, 5]]), "not-biom", id="cell outside"),
        pytest.param(biom([[0, 0, 5], [0, 0, 6]]), "not-biom", id="cell twice"),
        pytest.param(biom([[0, 0, -5]]), "negative", id="negative in BIOM"),
        pytest.param(biom([], columns=[{"id": "\0"}]), "encoding", id="escaped NUL"),
        pytest.param(biom([], columns=[{"id": "\ud800"}]), "encoding", id="half a sign"),
    ],
)
def test_bad_files_are_refused_with_their_reason(content, code):
    with pytest.raises(BadTable) as refused:
        read_feature_table(content, samples_are_rows=True)
    assert refused.value.code == code


def names_of_one_place(times, length):
    """A file in which so many names are the same bytes: it is small, and they are not."""
    made = io.BytesIO()
    with h5py.File(made, "w") as file:
        names = file.create_dataset("observation/ids", (times,), dtype=h5py.string_dtype())
        names[0] = "A" * length
        file.flush()
        start, each = names.id.get_offset(), names.id.get_storage_size() // times
    content = made.getvalue()
    one = content[start : start + each]
    return content[:start] + one * times + content[start + each * times :]


def test_names_that_are_one_place_of_the_file_do_not_fill_the_memory():
    content = names_of_one_place(400, 2**19)
    with h5py.File(io.BytesIO(content)) as file:
        assert len(file["observation/ids"][399]) == 2**19
    tracemalloc.start()
    with pytest.raises(BadTable, match="not-biom"):
        read_feature_table(content, samples_are_rows=True)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100 * 2**20  # all at once: 200 MB


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=2))
def test_biom_and_matrix_agree_on_any_counts(counts):
    cells = [[f, s, counts[s][f]] for s in range(2) for f in range(3)]
    rows = "\n".join(f"S{s + 1},{','.join(map(str, counts[s]))}" for s in range(2))
    matrix = read_feature_table(f"s,f1,f2,f3\n{rows}\n".encode(), samples_are_rows=True)
    assert read_feature_table(biom(cells), samples_are_rows=False).digest == matrix.digest
    assert unpacked(matrix.packed, (2, 3)).tolist() == counts
