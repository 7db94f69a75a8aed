"""What a signature is bound to: one canonical text, its SHA-256, and what differs from it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

Content = Mapping[str, Any]
"""Nested mappings of texts, numbers and lists; see `enrollment.queries.content`."""


class Difference(NamedTuple):
    """`path` such as `values.weight_kg` or `rows.3.values.taken`; None where there was nothing."""

    path: str
    old: Any
    new: Any


def sha256_of(content: Content) -> str:
    """Of the content as JSON with sorted keys, no spaces, in UTF-8: the same on every machine."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(signed: Content, found: Content) -> list[Difference]:
    """What was added, removed or changed, in order of the path."""
    old, new = dict(_leaves(signed)), dict(_leaves(found))
    return [
        Difference(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]


def _leaves(content: Content, above: str = "") -> list[tuple[str, Any]]:
    leaves: list[tuple[str, Any]] = []
    for key, value in content.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping):
            leaves += _leaves(value, f"{path}.")
        else:
            leaves.append((path, value))
    return leaves
