"""Lines as rows of the flat export or as one row a value, in codes or in labels."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import repeat

from reports.api.redcap.answers import Row
from reports.api.redcap.call import Call
from reports.api.redcap.events import Event
from reports.api.redcap.instruments import (
    COMPLETE_CODES,
    EVENT,
    GROUP,
    INSTANCE,
    RECORD_ID,
    REPEATED,
    Instrument,
)
from reports.api.redcap.lines import Line

_KEYS = (RECORD_ID, EVENT, REPEATED, INSTANCE)
_HEADERS = {
    RECORD_ID: "Patient",
    EVENT: "Event Name",
    REPEATED: "Repeat Instrument",
    INSTANCE: "Repeat Instance",
    GROUP: "Data Access Group",
}


@dataclass(frozen=True)
class Layout:
    """How the lines of a call are written."""

    columns: tuple[str, ...]
    """After the keys."""
    labels: dict[str, dict[str, str]]
    """Column to value to label; empty where codes are asked for."""
    headers: dict[str, str]
    with_group: bool
    gray: dict[str, tuple[str, ...]]
    """Event to the `_complete` of all that it asks for, which is 0 before there is anything."""

    @property
    def names(self) -> list[str]:
        return [*_KEYS, *((GROUP,) if self.with_group else ()), *self.columns]

    @property
    def written_headers(self) -> list[str]:
        return [self.headers.get(name, name) for name in self.names]

    def flat(self, lines: Generator[Line, None, None]) -> Generator[Row, None, None]:
        with closing(lines):  # and with it its queries
            for line in lines:
                values = line.values
                if not line.key.instrument:
                    values = dict.fromkeys(self.gray.get(line.key.event, ()), "0") | values
                if self.labels:
                    values = {name: self._shown(name, value) for name, value in values.items()}
                group = [self._shown(GROUP, line.group)] if self.with_group else []
                # Most of some hundred columns are empty in each row.
                yield [*self._keys(line), *group, *map(values.get, self.columns, repeat(""))]

    def eav(self, lines: Generator[Line, None, None]) -> Generator[Row, None, None]:
        """Values only: what is empty has no row."""
        with closing(lines):  # and with it its queries
            for line in lines:
                keys = self._keys(line)
                yield [*keys, RECORD_ID, line.patient]
                if self.with_group:
                    yield [*keys, GROUP, self._shown(GROUP, line.group)]
                for name in self.columns:
                    if value := line.values.get(name):
                        yield [*keys, name, self._shown(name, value)]

    def _keys(self, line: Line) -> Row:
        key = line.key
        event, instrument = self._shown(EVENT, key.event), self._shown(REPEATED, key.instrument)
        return [line.patient, event, instrument, key.instance or ""]

    def _shown(self, name: str, value: str) -> str:
        labels = self.labels.get(name)
        return labels.get(value, value) if labels else value


def layout_of(
    call: Call, columns: tuple[str, ...], instruments: Sequence[Instrument], events: Iterable[Event]
) -> Layout:
    """All texts at once, while the translation into English is in force.

    Raises:
        Refusal: a choice that REDCap does not have, or another decimal mark than the dot.
    """
    call.one_of("decimalCharacter", (".", "dot"), ".")
    with_labels = call.one_of("rawOrLabel", ("raw", "label"), "raw") == "label"
    with_headers = call.one_of("rawOrLabelHeaders", ("raw", "label"), "raw") == "label"
    with_gray = not call.is_true("exportBlankForGrayFormStatus")
    events = list(events)
    return Layout(
        columns=columns,
        labels=_labels(call, instruments, events) if with_labels else {},
        headers=_HEADERS | _titles(instruments) if with_headers else {},
        with_group=call.is_true("exportDataAccessGroups"),
        gray=_gray(events, instruments, columns) if with_gray else {},
    )


def _labels(
    call: Call, instruments: Sequence[Instrument], events: list[Event]
) -> dict[str, dict[str, str]]:
    labels = {
        EVENT: {event.name: event.label for event in events},
        REPEATED: {item.name: item.label for item in instruments},
        GROUP: {site.code: site.name_en for site in call.scope.exportable_sites},
    }
    for item in instruments:
        labels |= {field.name: field.labels for field in item.fields}
        labels[item.complete] = dict(COMPLETE_CODES)
    return labels


def _titles(instruments: Sequence[Instrument]) -> dict[str, str]:
    titles = {field.name: field.entry.label for item in instruments for field in item.fields}
    return titles | {item.complete: "Complete?" for item in instruments}


def _gray(
    events: list[Event], instruments: Sequence[Instrument], columns: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    once = {item.name: item.complete for item in instruments if not item.repeats}
    shown = {name: complete for name, complete in once.items() if complete in columns}
    return {
        event.name: tuple(shown[name] for name in event.instruments if name in shown)
        for event in events
    }
