"""The small language in which a trial's definition says how a field follows from others.

    round(0.523 * length_cm * width_cm * depth_cm, 1)
    if(has_ascites == "Y", 2, 0) + if(portal_vein_mm > 13, 1, 0)

Numbers with `+ - * /`; comparisons of numbers, and of texts with `==` and `!=`; `and`, `or`,
`not`; `min`, `max`, `abs`, `round(x, places)`, `if(condition, then, else)`. There is no loop, no
assignment and no way to anything but the values given. Every name, kind and number of arguments is
checked when a text is read, so that a mistake is found when a definition is loaded.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Literal

Kind = Literal["number", "text", "truth"]
Value = Decimal | str | bool
Values = Mapping[str, Decimal | int | str | None]
Run = Callable[[Values], Value]

LONGEST = 500
DEEPEST = 40
MOST_PLACES = 6
_DIGITS = 28


class ExpressionError(ValueError):
    """The text is no expression, or no value follows; the message says why."""


class NoValue(ExpressionError):
    """A name that is needed has no value; `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” has no value")
        self.name = name


@dataclass(frozen=True)
class Expression:
    """What a text means. `names` are the values that it may need, each once, in their order."""

    names: tuple[str, ...]
    run: Run

    def value(self, given: Values) -> Decimal:
        """
        Raises:
            NoValue: a name on the way to the result has no value.
            ExpressionError: a division by zero, or a number too large.
        """
        with localcontext(Context(prec=_DIGITS)):
            try:
                found = self.run(given)
            except ArithmeticError:
                raise ExpressionError("nothing follows from these numbers") from None
        if not isinstance(found, Decimal) or not found.is_finite():
            raise ExpressionError("nothing follows from these numbers")
        return found


def parse_expression(text: str, kinds: Mapping[str, Kind]) -> Expression:
    """`kinds` are the names that may be used, and whether each is a number or a text.

    Raises:
        ExpressionError: what is wrong, and at which character (the first is 1).
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters")
    reader = _Reader(list(_tokens(text)), kinds)
    node = reader.whole()
    if node.kind != "number":
        raise ExpressionError("the result is no number")
    return Expression(tuple(dict.fromkeys(reader.names)), node.run)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class _Node:
    kind: Kind
    run: Run
    literal: Decimal | None = None


_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]{1,12}(?:\.[0-9]{1,12})?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r'|(?P<text>"[^"]*")|(?P<sign>==|!=|<=|>=|[-+*/(),<>]))',
    re.ASCII,
)
_WORDS = ("and", "or", "not")


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise ExpressionError(f"“{text[at]}” at character {at + 1} is not known")
        kind = str(match.lastgroup)
        word = match[kind]
        yield _Token("sign" if word in _WORDS else kind, word, match.start(kind) + 1)
        at = match.end()
    yield _Token("end", "", len(text) + 1)


class _Reader:
    """Reads tokens by descent, the loosest binding first."""

    def __init__(self, tokens: list[_Token], kinds: Mapping[str, Kind]) -> None:
        self.tokens, self.kinds = tokens, kinds
        self.place = self.depth = 0
        self.names: list[str] = []

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def whole(self) -> _Node:
        node = self.any_of()
        if self.next.kind != "end":
            raise self.wrong()
        return node

    def wrong(self) -> ExpressionError:
        if self.next.kind == "end":
            return ExpressionError("it ends too early")
        return ExpressionError(f"“{self.next.text}” at character {self.next.at} does not fit here")

    def takes(self, *signs: str) -> str:
        """The sign that stands here, passed over; empty for another."""
        if self.next.kind == "sign" and self.next.text in signs:
            self.place += 1
            return self.tokens[self.place - 1].text
        return ""

    def needs(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.wrong()

    def any_of(self) -> _Node:
        node = self.all_of()
        while self.takes("or"):
            node = _either(_of(node, "truth"), _of(self.all_of(), "truth"))
        return node

    def all_of(self) -> _Node:
        node = self.denied()
        while self.takes("and"):
            node = _both(_of(node, "truth"), _of(self.denied(), "truth"))
        return node

    def denied(self) -> _Node:
        if self.takes("not"):
            return self.deeper(lambda: _denied(_of(self.denied(), "truth")))
        return self.compared()

    def compared(self) -> _Node:
        left = self.summed()
        if sign := self.takes("==", "!=", "<", "<=", ">", ">="):
            right = self.summed()
            if left.kind != right.kind or "truth" in (left.kind, right.kind):
                raise ExpressionError(f"a {left.kind} is compared with a {right.kind}")
            if left.kind == "text" and sign not in ("==", "!="):
                raise ExpressionError(f"texts are not compared by {sign}")
            return _compared(sign, left, right)
        return left

    def summed(self) -> _Node:
        node = self.multiplied()
        while sign := self.takes("+", "-"):
            node = _calculated(sign, _of(node, "number"), _of(self.multiplied(), "number"))
        return node

    def multiplied(self) -> _Node:
        node = self.signed()
        while sign := self.takes("*", "/"):
            node = _calculated(sign, _of(node, "number"), _of(self.signed(), "number"))
        return node

    def signed(self) -> _Node:
        if self.takes("-"):
            return self.deeper(lambda: _negative(_of(self.signed(), "number")))
        return self.atom()

    def deeper(self, read: Callable[[], _Node]) -> _Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"nested more than {DEEPEST} deep")
        node = read()
        self.depth -= 1
        return node

    def atom(self) -> _Node:
        token = self.next
        if self.takes("("):
            node = self.deeper(self.any_of)
            self.needs(")")
            return node
        self.place += token.kind in ("number", "text", "name")
        if token.kind == "number":
            number = Decimal(token.text)
            return _Node("number", lambda _given: number, number)
        if token.kind == "text":
            text = token.text[1:-1]
            return _Node("text", lambda _given: text)
        if token.kind != "name":
            raise self.wrong()
        if self.takes("("):
            return self.deeper(lambda: self.called(token))
        return self.named(token)

    def named(self, token: _Token) -> _Node:
        kind = self.kinds.get(token.text)
        if kind is None:
            raise ExpressionError(f"“{token.text}” at character {token.at} is no field to use here")
        self.names.append(token.text)
        return _Node(kind, _lookup(token.text, kind))

    def called(self, token: _Token) -> _Node:
        arguments = [self.any_of()]
        while self.takes(","):
            arguments.append(self.any_of())
        self.needs(")")
        make = _FUNCTIONS.get(token.text)
        if make is None:
            raise ExpressionError(f"“{token.text}” at character {token.at} is no function")
        return make(arguments)


def _of(node: _Node, kind: Kind) -> _Node:
    if node.kind != kind:
        raise ExpressionError(f"a {kind} is needed where a {node.kind} stands")
    return node


def _lookup(name: str, kind: Kind) -> Run:
    def run(given: Values) -> Value:
        value = given.get(name)
        if value is None or value == "":
            raise NoValue(name)
        if kind == "text":
            return str(value)
        if isinstance(value, str):
            raise ExpressionError(f"“{name}” is no number")
        return Decimal(value)

    return run


def _both(left: _Node, right: _Node) -> _Node:
    return _Node("truth", lambda given: bool(left.run(given)) and bool(right.run(given)))


def _either(left: _Node, right: _Node) -> _Node:
    return _Node("truth", lambda given: bool(left.run(given)) or bool(right.run(given)))


def _denied(node: _Node) -> _Node:
    return _Node("truth", lambda given: not node.run(given))


_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: _number(left) < _number(right),
    "<=": lambda left, right: _number(left) <= _number(right),
    ">": lambda left, right: _number(left) > _number(right),
    ">=": lambda left, right: _number(left) >= _number(right),
}
_CALCULATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}


def _compared(sign: str, left: _Node, right: _Node) -> _Node:
    compare = _COMPARISONS[sign]
    return _Node("truth", lambda given: compare(left.run(given), right.run(given)))


def _calculated(sign: str, left: _Node, right: _Node) -> _Node:
    calculate = _CALCULATIONS[sign]
    return _Node(
        "number", lambda given: calculate(_number(left.run(given)), _number(right.run(given)))
    )


def _negative(node: _Node) -> _Node:
    return _Node("number", lambda given: -_number(node.run(given)))


def _number(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value)


def _folded(name: str, fold: Callable[[list[Decimal]], Decimal]) -> Callable[..., _Node]:
    def make(arguments: list[_Node]) -> _Node:
        if (name != "abs" and len(arguments) < 2) or (name == "abs" and len(arguments) != 1):
            raise ExpressionError(f"{name} takes another number of values")
        numbers = [_of(argument, "number") for argument in arguments]
        return _Node("number", lambda given: fold([_number(each.run(given)) for each in numbers]))

    return make


def _rounded(arguments: list[_Node]) -> _Node:
    """Halves away from zero, as people round."""
    if not 1 <= len(arguments) <= 2:
        raise ExpressionError("round takes a number and, if need be, its decimal places")
    number = _of(arguments[0], "number")
    places = arguments[1].literal if len(arguments) == 2 else Decimal(0)
    if places is None or places % 1 or places > MOST_PLACES:
        raise ExpressionError(f"decimal places are a number from 0 to {MOST_PLACES}")
    unit = Decimal(1).scaleb(-int(places))
    return _Node(
        "number", lambda given: _number(number.run(given)).quantize(unit, rounding=ROUND_HALF_UP)
    )


def _chosen(arguments: list[_Node]) -> _Node:
    """Only the branch that holds is looked at: the other may lack its values."""
    if len(arguments) != 3:
        raise ExpressionError("if takes a condition and two values")
    condition, then, other = _of(arguments[0], "truth"), arguments[1], arguments[2]
    _of(other, then.kind)
    return _Node(
        then.kind, lambda given: then.run(given) if condition.run(given) else other.run(given)
    )


_FUNCTIONS: dict[str, Callable[[list[_Node]], _Node]] = {
    "min": _folded("min", min),
    "max": _folded("max", max),
    "abs": _folded("abs", lambda numbers: abs(numbers[0])),
    "round": _rounded,
    "if": _chosen,
}
