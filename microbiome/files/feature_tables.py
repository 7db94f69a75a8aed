"""Feature tables as sequencing providers send them, read from bytes.

Six layouts: BIOM 2.1 (HDF5), alone or inside a `.qza` of QIIME 2; BIOM 1.0 (JSON); QIIME's TSV
(`#OTU ID`, features are rows, perhaps a last column `taxonomy`); mothur's `.shared` (`label`,
`Group`, `numOtus`, samples are rows); and a plain matrix, whose orientation the person says: it is
never guessed.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microbiome.calc.counts import MOST_FEATURES, MOST_SAMPLES
from microbiome.files.hdf5 import TooLarge, Unreadable, read_hdf5

LARGEST_COUNT = 2**53
"""Above it a double cannot tell a whole number from the next."""
LONGEST_NAME = 200
"""Of a sample. A feature may be named by its sequence."""
_ZIP = b"PK\x03\x04"
_PACKED = (_ZIP, b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_TABLE_IN_QZA = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/data/feature-table\.biom")
MOST_UNPACKED = 256 * 1024 * 1024
MOST_RATIO = 100
"""A table shrinks to a tenth or so; what shrinks more is a bomb."""
_QIIME = ("#otu id", "#otuid", "feature id", "featureid", "#feature id")


class BadTable(ValueError):
    """Why the file cannot be read: one of the codes that `microbiome.actions.tables` puts into
    words, and what the words need."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"{code} {values}")
        self.code, self.values = code, values


@dataclass(frozen=True)
class FeatureTable:
    """Counts by sample and feature; only cells that are not zero. `taxa` has one text for each
    feature, empty where the file names none."""

    layout: str
    samples: list[str]
    features: list[str]
    taxa: list[str]
    row: NDArray[np.int32]
    """Of each cell the place of its sample, and of its feature in `column`."""
    column: NDArray[np.int32]
    count: NDArray[np.float64]

    @property
    def packed(self) -> bytes:
        """The cells as compressed arrays: see `unpacked`."""
        made = io.BytesIO()
        np.savez_compressed(made, row=self.row, column=self.column, count=self.count)
        return made.getvalue()

    @property
    def digest(self) -> str:
        """SHA-256 of the cells by name, in order: the same whatever layout they came in."""
        cells = sorted(
            (self.samples[row], self.features[column], int(count))
            for row, column, count in zip(self.row, self.column, self.count, strict=True)
        )
        text = "\n".join("\t".join(map(str, cell)) for cell in cells)
        return hashlib.sha256(text.encode()).hexdigest()


def unpacked(packed: bytes, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Samples × features of what `FeatureTable.packed` made."""
    counts = np.zeros(shape)
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        counts[stored["row"], stored["column"]] = stored["count"]
    return counts


def read_feature_table(content: bytes, *, samples_are_rows: bool) -> FeatureTable:
    """`samples_are_rows` is about plain matrices; the other layouts say it themselves.

    Raises:
        BadTable: see its codes.
    """
    if content.startswith(_ZIP):
        return _checked(_hdf5(_inside_qza(content), "qza"))
    if content.startswith(_HDF5):
        return _checked(_hdf5(content, "biom-2.1"))
    text = _text_of(content)
    if text.lstrip()[:1] == "{":
        return _checked(_biom(text))
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    if first.startswith("# Constructed from biom"):
        first = lines.readline()
    delimiter = "\t" if "\t" in first else ","
    reader = csv.reader(_chain(first, lines), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        return _checked(_delimited(header, reader, samples_are_rows))
    except csv.Error:
        raise BadTable("not-a-table", line=reader.line_num) from None


def _text_of(content: bytes) -> str:
    if content.startswith(_PACKED):
        raise BadTable("packed")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable("encoding") from None
    if "\0" in text:
        raise BadTable("encoding")
    if not text.strip():
        raise BadTable("empty")
    return text


def _inside_qza(content: bytes) -> bytes:
    """The one feature table in the archive; nothing else of it is opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [each for each in archive.infolist() if _TABLE_IN_QZA.fullmatch(each.filename)]
            if len(found) != 1:
                raise BadTable("packed")
            [table] = found
            most = min(MOST_UNPACKED, MOST_RATIO * max(table.compress_size, 1))
            with archive.open(table) as file:
                # What the archive says of sizes may be a lie: reading stops where it must.
                unpacked_bytes = file.read(most + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise BadTable("packed") from None
    if len(unpacked_bytes) > most:
        raise BadTable("bomb")
    return unpacked_bytes


def _hdf5(content: bytes, layout: str) -> FeatureTable:
    try:
        samples, features, taxa, (column, row, count) = read_hdf5(content)
    except Unreadable:
        raise BadTable("not-biom") from None
    except TooLarge:
        raise BadTable("too-many", samples=MOST_SAMPLES, features=MOST_FEATURES) from None
    return _sparse(layout, (samples, features, taxa), (row, column, count))


def _sparse(
    layout: str,
    names: tuple[list[str], list[str], list[str]],
    cells: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
) -> FeatureTable:
    """Of cells that a file lists by sample and feature: each inside the table, and once."""
    (samples, features, taxa), (row, column, count) = names, cells
    _check_counts(count, 1)
    inside = (row >= 0) & (row < len(samples)) & (column >= 0) & (column < len(features))
    if not inside.all() or len(np.unique(row * len(features) + column)) != len(count):
        raise BadTable("not-biom")
    filled = count != 0
    places = row[filled].astype(np.int32), column[filled].astype(np.int32)
    return FeatureTable(layout, samples, features, taxa, *places, count[filled])


def _chain(first: str, lines: io.StringIO) -> Iterator[str]:
    yield first
    yield from lines


def _delimited(header: list[str], reader: Any, samples_are_rows: bool) -> FeatureTable:
    lowered = [cell.lower() for cell in header]
    if lowered[:3] == ["label", "group", "numotus"]:
        return _mothur(header, reader)
    if lowered and lowered[0] in _QIIME:
        has_taxa = lowered[-1] in ("taxonomy", "taxon", "consensuslineage")
        samples = header[1:-1] if has_taxa else header[1:]
        names, cells, taxa = _rows(reader, len(samples), first=1, has_taxa=has_taxa)
        row, column, count = cells
        return FeatureTable("qiime-tsv", samples, names, taxa, column, row, count)
    names, cells, _taxa = _rows(reader, len(header) - 1, first=1)
    row, column, count = cells
    if samples_are_rows:
        return FeatureTable(
            "matrix", names, header[1:], [""] * (len(header) - 1), row, column, count
        )
    return FeatureTable("matrix", header[1:], names, [""] * len(names), column, row, count)


def _mothur(header: list[str], reader: Any) -> FeatureTable:
    labels: set[str] = set()

    def without_label() -> Iterator[list[str]]:
        for line in reader:
            if line:
                labels.add(line[0])
                # mothur ends its lines with a tab.
                yield line[1:-1] if len(line) == len(features) + 4 and not line[-1] else line[1:]

    features = [name for name in header[3:] if name]
    names, (row, column, count), _taxa = _rows(
        without_label(), len(features), first=2, line_of=lambda: reader.line_num
    )
    if len(labels) > 1:
        raise BadTable("several-labels", labels=", ".join(sorted(labels)[:5]))
    return FeatureTable("mothur-shared", names, features, [""] * len(features), row, column, count)


Cells = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]


def _rows(
    lines: Any, width: int, *, first: int, has_taxa: bool = False, line_of: Any = None
) -> tuple[list[str], Cells, list[str]]:
    """Names, cells that are not zero, and taxa; numbers begin at the cell `first`."""
    where = line_of or (lambda: lines.line_num)
    names: list[str] = []
    taxa: list[str] = []
    rows, columns, counts = [], [], []
    for cells in lines:
        if not cells:
            continue
        if len(cells) != first + width + has_taxa:
            raise BadTable("width", line=where(), found=len(cells), wanted=first + width + has_taxa)
        numbers = _numbers(cells[first : first + width], where())
        (at,) = np.nonzero(numbers)
        rows.append(np.full(len(at), len(names), dtype=np.int32))
        columns.append(at.astype(np.int32))
        counts.append(numbers[at])
        names.append(cells[0].strip())
        taxa.append(cells[-1].strip() if has_taxa else "")
        if len(names) > max(MOST_SAMPLES, MOST_FEATURES):
            raise BadTable("too-many", samples=MOST_SAMPLES, features=MOST_FEATURES)
    if not names:
        raise BadTable("empty")
    return names, (np.concatenate(rows), np.concatenate(columns), np.concatenate(counts)), taxa


def _numbers(cells: Sequence[str], line: int) -> NDArray[np.float64]:
    try:
        numbers = np.array(cells, dtype=np.float64)
    except ValueError:
        raise BadTable("not-a-number", line=line) from None
    _check_counts(numbers, line)
    return numbers


def _check_counts(numbers: NDArray[np.float64], line: int) -> None:
    if not np.isfinite(numbers).all():
        raise BadTable("not-a-number", line=line)
    if (numbers < 0).any():
        raise BadTable("negative", line=line)
    if (numbers != np.floor(numbers)).any() or (numbers > LARGEST_COUNT).any():
        raise BadTable("fraction", line=line)


def _biom(text: str) -> FeatureTable:
    try:
        told = json.loads(text)
        features = [str(each["id"]) for each in told["rows"]]
        samples = [str(each["id"]) for each in told["columns"]]
        taxa = [_taxon(each.get("metadata")) for each in told["rows"]]
        data = told["data"]
        if told["matrix_type"] == "dense":
            table = np.array(data, dtype=np.float64).reshape(len(features), len(samples))
            column, row = np.nonzero(table)
            count = table[column, row]
        else:
            cells = np.array(data, dtype=np.float64).reshape(-1, 3)
            column, row = (cells[:, place].astype(np.int64) for place in (0, 1))
            count = cells[:, 2]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadTable("not-biom") from None
    return _sparse("biom-1.0", (samples, features, taxa), (row, column, count))


def _taxon(metadata: Any) -> str:
    taxonomy = (metadata or {}).get("taxonomy", "")
    return "; ".join(map(str, taxonomy)) if isinstance(taxonomy, list) else str(taxonomy)


def _checked(table: FeatureTable) -> FeatureTable:
    if len(table.samples) > MOST_SAMPLES or len(table.features) > MOST_FEATURES:
        raise BadTable("too-many", samples=MOST_SAMPLES, features=MOST_FEATURES)
    if not table.samples or not table.features:
        raise BadTable("empty")
    if max(map(len, table.samples)) > LONGEST_NAME:
        raise BadTable("long-name", most=LONGEST_NAME)
    if not all(text.isprintable() for text in (*table.samples, *table.features, *table.taxa)):
        # JSON and HDF5 can hold half signs and NUL, which no database takes.
        raise BadTable("encoding")
    for names in (table.samples, table.features):
        if not all(names):
            raise BadTable("no-name")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise BadTable("twice", name=twice[:60])
    return table
