"""The table of transitions as a drawing: states in a row, steps ahead above, steps back below."""

from collections.abc import Mapping
from html import escape

from oversight.calc.life_cycle import TRANSITIONS, Event, State

BOX_WIDTH, BOX_HEIGHT, STEP, MIDDLE = 112, 40, 200, 150
LANE = 32


def diagram(states: Mapping[State, str], events: Mapping[Event, str]) -> str:
    """An SVG without style or script. Every row of the table is an arrow with its event's name,
    and carries `data-transition="state event state"`."""
    order = list(State)
    places = {state: index for index, state in enumerate(order)}
    arrows, words = [], []
    lanes = {"ahead": 0, "back": 0}
    rows = sorted(TRANSITIONS.items(), key=lambda row: abs(places[row[1]] - places[row[0][0]]))
    for (old, event), new in rows:
        start, end = places[old], places[new]
        if end == start + 1:
            path, at = _straight(start)
        else:
            side = "ahead" if end > start else "back"
            lanes[side] += 1
            path, at = _arc(start, end, lane=lanes[side])
        arrows.append(f'<path data-transition="{old} {event} {new}" d="{path}" {_STROKE}/>')
        words.append(_word(at, events[event]))
    boxes = [_box(places[state], states[state], state) for state in order]
    width = STEP * (len(order) - 1) + BOX_WIDTH + 40
    height = MIDDLE + BOX_HEIGHT + LANE * (lanes["back"] + 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        ' class="life-cycle" font-family="sans-serif" font-size="12" text-anchor="middle">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
        ' markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#465658"/></marker></defs>'
        f"{''.join([*arrows, *boxes, *words])}</svg>"
    )


def _x(place: int) -> int:
    """The middle of a state's box."""
    return 20 + BOX_WIDTH // 2 + STEP * place


def _box(place: int, word: str, state: State) -> str:
    left = _x(place) - BOX_WIDTH // 2
    return (
        f'<g data-state-box="{state}"><rect x="{left}" y="{MIDDLE}" width="{BOX_WIDTH}"'
        f' height="{BOX_HEIGHT}" rx="4" fill="#e2eeec" stroke="#0b5d63" stroke-width="1.5"/>'
        f'<text x="{_x(place)}" y="{MIDDLE + 25}" fill="#1b2a2c" font-weight="600"'
        f' font-size="14">{escape(word)}</text></g>'
    )


def _straight(place: int) -> tuple[str, tuple[int, int]]:
    """The path to the next state, and where its word stands."""
    start, end = _x(place) + BOX_WIDTH // 2, _x(place + 1) - BOX_WIDTH // 2
    y = MIDDLE + BOX_HEIGHT // 2
    return f"M{start} {y}H{end - 1}", ((start + end) // 2, y - 7)


def _arc(start: int, end: int, *, lane: int) -> tuple[str, tuple[int, int]]:
    """A lane and a place at the box of its own for each arrow, so that none hides another."""
    if end > start:
        edge, level, shift = MIDDLE, MIDDLE - LANE * lane, 14 * lane - 28
    else:
        edge, level, shift = MIDDLE + BOX_HEIGHT, MIDDLE + BOX_HEIGHT + LANE * lane, 10 * lane - 55
    from_x, to_x = _x(start) + shift, _x(end) + shift
    if start == end:
        from_x, to_x = _x(start) - 52, _x(start) - 26
    return f"M{from_x} {edge}V{level}H{to_x}V{edge}", ((from_x + to_x) // 2, level - 5)


def _word(at: tuple[int, int], word: str) -> str:
    """On a white rim, so that it can be read where arrows cross it."""
    return (
        f'<text x="{at[0]}" y="{at[1]}" fill="#1b2a2c" stroke="#fff" stroke-width="4"'
        f' paint-order="stroke">{escape(word)}</text>'
    )


_STROKE = 'fill="none" stroke="#465658" stroke-width="1.3" marker-end="url(#tip)"'
