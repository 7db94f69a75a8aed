"""Points in time as people type them, and as a clock on the wall shows them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from core.calc.dates import normalize, parse_date

_TYPED = re.compile(
    r"(?P<day>\S+?)(?:\s+|[Tt])(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"\s*(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?"
)


class SkippedTime(ValueError):
    """The clocks went forward over this time: it never was."""


class RepeatedTime(ValueError):
    """The clocks went back: this time came twice. `offsets` are the two, as `+02:00`."""

    def __init__(self, moments: list[datetime]) -> None:
        super().__init__("this time came twice")
        self.offsets = [offset_text(moment) for moment in moments]


def moments_of(wall: datetime, zone: tzinfo) -> list[datetime]:
    """The moments at which clocks in the zone show this time: usually one, none or two when the
    clocks change. The earlier one comes first.
    """
    candidates = [wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    real = {item.astimezone(UTC): item for item in candidates if _is_shown(item, wall)}
    return [real[key] for key in sorted(real)]


def parse_moment(text: str, *, zone: tzinfo, today: date) -> datetime:
    """Reads a date as `parse_date` does, a time such as `14:05`, and an offset where one is given.

    Raises:
        SkippedTime: no clock in the zone ever showed this time.
        RepeatedTime: the clocks showed it twice, and the text has no offset.
        ValueError: the text is no date with a time.
    """
    match = _TYPED.fullmatch(normalize(text))
    if match is None:
        raise ValueError(f"not a date with a time: {text!r}")
    day = parse_date(match["day"], today=today)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    wall = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001
    if match["offset"]:
        return wall.replace(tzinfo=_offset(match["offset"])).astimezone(UTC)
    found = moments_of(wall, zone)
    if not found:
        raise SkippedTime(text)
    if len(found) > 1:
        raise RepeatedTime(found)
    return found[0].astimezone(UTC)


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """`2026-11-21 14:05` on a clock in the zone; with its offset where that time came twice."""
    local = moment.astimezone(zone)
    shown = f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
    wall = local.replace(tzinfo=None, microsecond=0, fold=0)
    return f"{shown} {offset_text(local)}" if len(moments_of(wall, zone)) > 1 else shown


def offset_text(moment: datetime) -> str:
    offset = f"{moment:%z}"
    return f"{offset[:3]}:{offset[3:5]}"


def _is_shown(moment: datetime, wall: datetime) -> bool:
    shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return shown.replace(tzinfo=None, fold=0) == wall


def _offset(text: str) -> timezone:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    size = timedelta(hours=hours, minutes=minutes)
    return timezone(-size if text[0] == "-" else size)
