"""Which way an axis points, and how much variance a symmetric matrix has along it."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_NEARLY = 1 - 1e-9


def signs(vectors: Array) -> Array:
    """+1 or -1 for each column, so that its entry of the largest size becomes positive.

    Of entries that are equal but for rounding the first decides.
    """
    size = np.abs(vectors)
    first = (size >= size.max(axis=0) * _NEARLY).argmax(axis=0)
    return np.where(vectors[first, np.arange(vectors.shape[1])] < 0, -1.0, 1.0)
