"""Rooted trees in Newick's format, read without recursion."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_NESTED = 10_000
"""Real trees are some hundred branches deep; a file made to break readers is deeper."""

_TOKEN = re.compile(
    r"\s*(?:(?P<comment>\[[^\]]*\])|'(?P<quoted>(?:[^']|'')*)'|(?P<mark>[(),:;])"
    r"|(?P<plain>[^\s()\[\]',:;]+))"
)


class BadTree(ValueError):
    """The text is no tree that UniFrac can use; the sentence says why."""


@dataclass(frozen=True)
class Tree:
    """Nodes from the root, which is node 0, down: each parent comes before its children.

    `length` is that of the branch above a node, 0 above the root. `label` is as written, without
    quotes; `is_tip` tells the leaves.
    """

    parent: list[int]
    length: list[float]
    label: list[str]
    quoted: list[bool]
    is_tip: list[bool]

    def tips(self) -> dict[str, int]:
        """Node of each tip's label, as written and with underscores read as spaces.

        Newick's standard means a space by an underscore outside of quotes, while most programs
        write them as they are: a label is found under both.

        Raises:
            BadTree: a tip has no label, or two have the same.
        """
        tips = [node for node, tip in enumerate(self.is_tip) if tip]
        found: dict[str, int] = {}
        for node in tips:
            if not self.label[node]:
                raise BadTree("a tip of the tree has no label")
            if self.label[node] in found:
                raise BadTree(f"the tip {self.label[node]} is there twice")
            found[self.label[node]] = node
        for node in tips:
            if not self.quoted[node]:
                found.setdefault(self.label[node].replace("_", " "), node)
        return found


class _Builder:
    def __init__(self) -> None:
        self.tree = Tree([], [], [], [], [])
        self.path: list[int] = []
        self.add(-1)

    def add(self, parent: int) -> None:
        self.path.append(len(self.tree.parent))
        self.tree.parent.append(parent)
        self.tree.length.append(float("nan"))
        self.tree.label.append("")
        self.tree.quoted.append(False)
        self.tree.is_tip.append(True)

    def open(self) -> None:
        if len(self.path) > MOST_NESTED:
            raise BadTree(f"the tree is nested deeper than {MOST_NESTED:,} branches")
        node = self.path[-1]
        if self.tree.label[node] or not self.tree.is_tip[node]:
            raise BadTree("a bracket opens where a label, a comma or a closing bracket should be")
        self.tree.is_tip[node] = False
        self.add(node)

    def next(self) -> None:
        if len(self.path) < 2:
            raise BadTree("a comma stands outside of all brackets")
        self.path.pop()
        self.add(self.path[-1])

    def close(self) -> None:
        if len(self.path) < 2:
            raise BadTree("a bracket closes that was not opened")
        self.path.pop()

    def name(self, label: str, *, quoted: bool) -> None:
        node = self.path[-1]
        if self.tree.label[node]:
            raise BadTree(f"two labels follow each other: {self.tree.label[node]} and {label}")
        self.tree.label[node], self.tree.quoted[node] = label, quoted

    def measure(self, text: str) -> None:
        try:
            length = float(text)
        except ValueError:
            length = float("nan")
        if not 0 <= length < float("inf"):
            raise BadTree(f"a branch length must be a number not below 0, and is {text or 'empty'}")
        self.tree.length[self.path[-1]] = length


def read_newick(text: str) -> Tree:
    """One rooted tree with a length on every branch but the root's.

    Quoted labels and comments in square brackets are understood.

    Raises:
        BadTree: the text is no such tree, it is not rooted (three or more branches at its root), a
            branch has no length, or it is nested deeper than `MOST_NESTED`.
    """
    builder = _Builder()
    acts = {"(": builder.open, ",": builder.next, ")": builder.close}
    after_colon = False
    for found in _tokens(text):
        mark, plain, quoted = found["mark"], found["plain"], found["quoted"]
        if after_colon:
            builder.measure(plain or "")
        elif mark in acts:
            acts[mark]()
        elif not mark:
            builder.name(plain or (quoted or "").replace("''", "'"), quoted=quoted is not None)
        after_colon = mark == ":"
    if len(builder.path) > 1:
        raise BadTree("a bracket is not closed")
    return _checked(builder.tree)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Everything up to the semicolon but comments."""
    end = 0
    for found in _TOKEN.finditer(text):
        if found.start() != end:
            break
        end = found.end()
        if found["mark"] == ";":
            if text[end:].strip():
                raise BadTree("something follows the tree's semicolon; give one tree")
            return
        if not found["comment"]:
            yield found
    raise BadTree(f"the tree does not end with a semicolon; it is read up to character {end}")


def _checked(tree: Tree) -> Tree:
    children = tree.parent.count(0)
    if not children:
        raise BadTree("the tree has no branches")
    if children > 2:
        raise BadTree(f"the tree is not rooted: {children} branches leave its root; root it first")
    tree.length[0] = 0.0
    for node, length in enumerate(tree.length):
        if length != length:  # noqa: PLR0124 (not a number)
            raise BadTree(f"the branch above {tree.label[node] or 'an inner node'} has no length")
    return tree
