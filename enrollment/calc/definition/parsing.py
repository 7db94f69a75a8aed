"""From the text of a TOML file to a checked model."""

import json
import re
import tomllib
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from .base import Table
from .document import Definition
from .problems import DefinitionError, Problem, locate
from .rules import broken_rules

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

T = TypeVar("T", bound=Table)
_SYNTAX_PLACE = re.compile(r"^(.*) \(at line (\d+), column (\d+)\)$")


def parse(
    text: str,
    *,
    known_forms: frozenset[str] | None = None,
    known_references: frozenset[str] | None = None,
) -> Definition:
    """The definition in the text of a TOML file.

    Form slugs and ids of references are checked only against what is passed.

    Raises:
        DefinitionError: with every problem that was found. Rules between tables are looked at
            once each table is well formed by itself.
    """
    definition = parse_table(text, Definition).with_own_names()
    broken = broken_rules(definition, known_forms, known_references)
    if problems := [locate(text, location, reason) for location, reason in broken]:
        raise DefinitionError(problems)
    return definition


def parse_table(text: str, model: type[T]) -> T:
    """The text as the model, without any rule between tables.

    The values pass through JSON, dates as text, so that a file and a stored definition are read
    by one rule.

    Raises:
        DefinitionError: not TOML, or not what the model asks for.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DefinitionError([_syntax_problem(error, text)]) from error
    try:
        return model.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise DefinitionError([locate(text, e["loc"], _reason(e)) for e in _own(found)]) from error


def _syntax_problem(error: Exception, text: str) -> Problem:
    message = str(error)
    line = len(text.splitlines()) or 1
    if match := _SYNTAX_PLACE.match(message):
        message, line = f"{match[1]} at column {match[3]}", int(match[2])
    return Problem(line=line, table="", key="", reason=f"The file is not valid TOML: {message}.")


def _own(errors: list["ErrorDetails"]) -> list["ErrorDetails"]:
    """Without "too short" for a list whose entries are refused: those are named already."""
    refused = {e["loc"][:depth] for e in errors for depth in range(len(e["loc"]))}
    return [e for e in errors if not (e["type"] == "too_short" and e["loc"] in refused)]


def _reason(error: "ErrorDetails") -> str:
    given, context = error["input"], error.get("ctx", {})
    sentences = {
        "missing": "This must be given.",
        "extra_forbidden": "This is not known here; check the spelling.",
        "too_short": f"Give at least {context.get('min_length')} of these.",
        "string_too_short": "This must not be empty.",
        "string_pattern_mismatch": f"“{given}” is not of the form {context.get('pattern')}.",
        "value_error": f"{context.get('error')}.",
    }
    is_plain = not isinstance(given, dict | list)
    fallback = f"{error['msg']}, not “{given}”." if is_plain else f"{error['msg']}."
    return sentences.get(error["type"], fallback)
