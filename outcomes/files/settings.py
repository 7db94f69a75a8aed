"""One command-line option for each setting of `EndpointRules`."""

from argparse import ArgumentParser, BooleanOptionalAction
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from outcomes.calc.rules import PRESETS, EndpointRules

# Given as data by the file, or of no use on one.
_LEFT_OUT = {"visit_interval_days", "survival_interval", "confidence_level", "days_per_month"}


def add_rule_options(parser: ArgumentParser, *, without: tuple[str, ...] = ()) -> None:
    """`--min-sd-days 42` and the like; what is not given is the preset's or the default."""
    parser.add_argument("--preset", choices=sorted(PRESETS), help="settings to start from")
    hints = get_type_hints(EndpointRules)
    for item in fields(EndpointRules):
        if item.name in _LEFT_OUT or item.name in without:
            continue
        hint = hints[item.name]
        kinds = get_args(hint) if get_origin(hint) is not Literal else ()
        options: dict[str, Any] = {"default": None, "dest": f"rule_{item.name}"}
        if get_origin(hint) is Literal:
            options["choices"] = get_args(hint)
        elif hint is bool:
            options["action"] = BooleanOptionalAction
        elif type(None) in kinds:
            options.update(type=_number_or_none, metavar="N|none")
        else:
            options.update(type=int if hint is int else float, metavar="N")
        parser.add_argument("--" + item.name.replace("_", "-"), **options)


def rules_from(options: dict[str, Any], **fixed: Any) -> EndpointRules:
    """The rules that the options ask for.

    Raises:
        ValueError: a value that the setting cannot take.
    """
    prefix = "rule_"
    given = {
        name.removeprefix(prefix): None if value == _NONE else value
        for name, value in options.items()
        if name.startswith(prefix) and value is not None
    }
    preset = PRESETS[options["preset"]] if options.get("preset") else None
    return EndpointRules.from_mapping(given | fixed, preset=preset)


_NONE = "none"


def _number_or_none(text: str) -> float | str:
    if text == _NONE:
        return _NONE
    number = float(text)
    return int(number) if number.is_integer() else number
