"""Model formulas like R's: `~ arm * visit + age`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microbiome.calc.axes import Array
from microbiome.calc.counts import NotAnalyzable

_TOKEN = re.compile(
    r"\s*(?:(?P<factor>factor\(\s*(?P<inner>[^\W\d][\w.]*)\s*\))|`(?P<quoted>[^`]+)`"
    r"|(?P<name>[^\W\d][\w.]*)|(?P<sign>[+*:]))"
)


@dataclass(frozen=True)
class Term:
    """Variables that are taken together; several are an interaction."""

    variables: tuple[str, ...]

    @property
    def name(self) -> str:
        return ":".join(self.variables)


def parse_formula(text: str) -> list[Term]:
    """Main effects first, then interactions by their order, each as often as R would have it: once.

    `+`, `:` and `*` are understood, `factor(x)` makes labels of numbers, and backticks hold other
    names.

    Raises:
        NotAnalyzable: the text is no such formula.
    """
    left, tilde, right = text.partition("~")
    if left.strip() or not tilde:
        raise NotAnalyzable("A formula begins with ~, as in ~ arm * visit + age.")
    products, sign = _products(right, text)
    if sign or not products:
        raise NotAnalyzable(f"The formula {text} is not complete.")
    place: dict[str, int] = {}
    for product in products:
        for variable in (v for group in product for v in group):
            place.setdefault(variable, len(place))
    found: dict[tuple[str, ...], None] = {}
    for product in products:
        terms: list[frozenset[str]] = []
        for group in map(frozenset, product):
            terms += [group, *(term | group for term in terms)]
        for term in terms:
            found.setdefault(tuple(sorted(term, key=place.__getitem__)))
    return [Term(variables) for variables in sorted(found, key=len)]


def _products(text: str, whole: str) -> tuple[list[list[list[str]]], str]:
    """Lists by `+` of lists by `*` of lists by `:`; and the sign after which nothing came."""
    products: list[list[list[str]]] = []
    sign, at = "+", 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found or bool(found["sign"]) != (sign == ""):
            raise NotAnalyzable(
                f"The formula {whole} cannot be read from “{text[at:].strip()}” on."
            )
        at = found.end()
        if found["sign"]:
            sign = found["sign"]
            continue
        name = f"factor({found['inner']})" if found["factor"] else found["quoted"] or found["name"]
        if sign == "+":
            products.append([[name]])
        elif sign == "*":
            products[-1].append([name])
        else:
            products[-1][-1].append(name)
        sign = ""
    return products, sign


def column_of(variable: str) -> str:
    """The column that a variable reads: `visit` for `factor(visit)`."""
    return variable.removeprefix("factor(").removesuffix(")")


def term_columns(term: Term, data: Mapping[str, NDArray[Any]]) -> Array:
    """Columns that span the term together with those before it, as R's contrasts do.

    `data` holds numbers as floats and labels as anything else. An interaction of labels has one
    column for each combination that occurs.
    """
    samples = len(next(iter(data.values())))
    product = np.ones((samples, 1))
    combination = np.zeros(samples, dtype=int)
    for variable in term.variables:
        values = data[variable]
        if values.dtype.kind == "f":
            product = product * values[:, None]
        else:
            codes = np.unique(values.astype(str), return_inverse=True)[1]
            pairs = combination * (codes.max() + 1) + codes
            combination = np.unique(pairs, return_inverse=True)[1]
    return np.asarray(product * np.eye(combination.max() + 1)[combination])
