"""BIOM 2.1: counts in HDF5, features in rows, compressed sparse rows.

HDF5 can point to other files, claim datasets larger than any disk, and hold strings of any length:
all that is looked at before a value is read.

Source: biom-format.org, BIOM 2.1.0.
"""

import io
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from microbiome.calc.counts import MOST_FEATURES, MOST_SAMPLES

MOST_CELLS = 20_000_000
"""That are not zero: 240 MB in memory."""
LONGEST_NAME = 1_000
AT_ONCE_BYTES = 64 * 1024 * 1024
"""Any number of names may be one and the same place of the file: so much of them is read at a time,
if each was as long as the file."""
MOST_RANKS = 20


class Unreadable(ValueError):
    """It is no BIOM 2.1 table, or one that nobody should open."""


class TooLarge(ValueError):
    pass


Cells = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def read_hdf5(content: bytes) -> tuple[list[str], list[str], list[str], Cells]:
    """Samples, features, taxa, and of each cell feature, sample and count.

    Raises:
        Unreadable: the parts are missing, of another kind or not in this file.
        TooLarge: more samples, features or cells than are taken.
    """
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            features = _texts(file, "observation/ids", MOST_FEATURES)
            samples = _texts(file, "sample/ids", MOST_SAMPLES)
            data = _numbers(file, "observation/matrix/data", MOST_CELLS)
            places = _numbers(file, "observation/matrix/indices", MOST_CELLS)
            starts = _numbers(file, "observation/matrix/indptr", MOST_FEATURES + 1)
            taxa = _taxa(file, len(features))
    except (OSError, KeyError, TypeError, RuntimeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    ends = starts.astype(np.int64)
    if (
        len(ends) != len(features) + 1
        or ends[0] != 0
        or ends[-1] != len(data)
        or len(places) != len(data)
        or (np.diff(ends) < 0).any()
    ):
        raise Unreadable("the parts of the matrix do not fit")
    rows = np.repeat(np.arange(len(features)), np.diff(ends))
    return samples, features, taxa, (rows, places.astype(np.int64), data.astype(np.float64))


def _dataset(file: Any, path: str, most: int, dimensions: int = 1) -> Any:
    """A dataset that is in this file and not too large."""
    here: Any = file
    for name in path.split("/"):
        if not isinstance(here.get(name, getlink=True), h5py.HardLink):
            raise Unreadable(f"{path} is missing or in another file")
        here = here[name]
    if not isinstance(here, h5py.Dataset) or here.external or here.is_virtual:
        raise Unreadable(f"{path} is no dataset of this file")
    if here.ndim != dimensions or here.dtype.itemsize > LONGEST_NAME:
        raise Unreadable(f"{path} has another shape")
    if here.size > most:
        raise TooLarge(path)
    return here


def _numbers(file: Any, path: str, most: int) -> NDArray[Any]:
    dataset = _dataset(file, path, most)
    if dataset.dtype.kind not in "fiu":
        raise Unreadable(f"{path} holds no numbers")
    return np.asarray(dataset[:])


def _texts(file: Any, path: str, most: int) -> list[str]:
    return [_text(value) for value in _pieces(file, _dataset(file, path, most))]


def _pieces(file: Any, dataset: Any) -> Iterator[Any]:
    """Its rows. The length of a text is known only when it is read."""
    if h5py.check_string_dtype(dataset.dtype) is None:
        raise Unreadable(f"{dataset.name} holds no texts")
    wide = dataset.shape[1] if dataset.ndim == 2 else 1
    step = max(AT_ONCE_BYTES // max(file.id.get_filesize() * wide, 1), 1)
    for start in range(0, len(dataset), step):
        yield from dataset[start : start + step]


def _text(value: Any) -> str:
    if len(value) > LONGEST_NAME:
        raise Unreadable("a name is too long")
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _taxa(file: Any, features: int) -> list[str]:
    """One text for each feature; empty where the file has none in the usual place."""
    if file.get("observation/metadata/taxonomy") is None:
        return [""] * features
    ranks = _dataset(file, "observation/metadata/taxonomy", features * MOST_RANKS, 2)
    if len(ranks) != features:
        raise Unreadable("the taxonomy has other rows")
    return ["; ".join(filter(None, map(_text, row))) for row in _pieces(file, ranks)]
