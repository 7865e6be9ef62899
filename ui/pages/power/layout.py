"""Where the boxes of the single-line picture stand, by rule: sources above, racks below, batteries beside their UPS. Paints nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRect

from cityops_desktop.model.chain import Chain, depths
from cityops_desktop.model.power import PowerKind
from ui.pages.power.chain import Group

NODE_HIGH, GROUP_HIGH = 94, 82
BATTERY_WIDE, BATTERY_HIGH = 196, 45
LEAST_WIDE, MOST_WIDE = 214, 300
GAP_X, LEAST_GAP, MOST_GAP = 12, 30, 76


@dataclass(frozen=True, slots=True)
class Picture:
    """The place of each box (nodes, batteries, groups by their id), who stands above whom, and the least size of the whole."""

    places: Mapping[str, QRect]
    links: Sequence[tuple[str, str]]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Unit:
    """A box, and the batteries at its right."""

    id: str
    batteries: tuple[str, ...] = ()

    def wide(self, box: int) -> int:
        return box + (BATTERY_WIDE + 4 if self.batteries else 0)

    @property
    def high(self) -> int:
        return max(NODE_HIGH, len(self.batteries) * (BATTERY_HIGH + 4) - 4)


def picture(chain: Chain, groups: Sequence[Group], width: int, height: int) -> Picture:
    """Laid out for this size; larger when it does not fit."""
    rows = _rows(chain, groups)
    links = [(source, child) for child, sources in chain.above.items() for source in sources]
    links += [(group.node, group.id) for group in groups]
    box = _box_width(rows, width)
    broad = max([width, *(_row_width(row, box) + 2 for row in rows)])
    heights = [max(GROUP_HIGH if any(unit.id == group.id for group in groups) else unit.high for unit in row) for row in rows]
    gap = LEAST_GAP if len(rows) < 2 else min(MOST_GAP, max(LEAST_GAP, (height - sum(heights)) // (len(rows) - 1)))
    centres = _centres(rows, links, box, broad)
    places: dict[str, QRect] = {}
    y = 0
    for row, high in zip(rows, heights, strict=True):
        for unit in row:
            left = round(centres[unit.id] - unit.wide(box) / 2)
            tall = GROUP_HIGH if any(unit.id == group.id for group in groups) else high
            places[unit.id] = QRect(left, y, box, tall)
            for number, battery in enumerate(unit.batteries):
                places[battery] = QRect(left + box + 4, y + number * (BATTERY_HIGH + 4), BATTERY_WIDE, BATTERY_HIGH)
        y += high + gap
    return Picture(places, links, broad, y - gap if rows else 0)


def _rows(chain: Chain, groups: Sequence[Group]) -> list[list[_Unit]]:
    depth = dict(depths(chain))
    for group in groups:
        depth[group.id] = depth[group.node] + 1
    lowest = max((depth[group.id] for group in groups), default=0)
    for group in groups:
        depth[group.id] = lowest
    rows: dict[int, list[_Unit]] = {}
    for name, level in sorted(depth.items(), key=lambda entry: entry[1]):
        kind = chain.nodes[name].kind if name in chain.nodes else None
        rows.setdefault(level, []).append(_Unit(name, chain.batteries(name) if kind is PowerKind.UPS else ()))
    return [rows[level] for level in sorted(rows)]


def _row_width(row: Sequence[_Unit], box: int) -> int:
    return sum(unit.wide(box) for unit in row) + GAP_X * (len(row) - 1)


def _box_width(rows: Sequence[Sequence[_Unit]], width: int) -> int:
    fits = [(width - 2 - _row_width(row, 0)) // len(row) for row in rows]
    return max(LEAST_WIDE, min([MOST_WIDE, *fits]))


def _centres(rows: Sequence[Sequence[_Unit]], links: Sequence[tuple[str, str]], box: int, width: int) -> dict[str, float]:
    """From below to above: each above the middle of what it feeds; the lowest ones in the order of what feeds them."""
    children: dict[str, list[str]] = {}
    for source, child in links:
        children.setdefault(source, []).append(child)
    units = {unit.id: unit for row in rows for unit in row}
    order = _leaves([unit.id for unit in rows[0]] if rows else [], children)
    order += [name for name in units if name not in order and not children.get(name)]
    wanted: dict[str, float] = {}
    x = 0.0
    for name in order:
        wide = units[name].wide(box)
        wanted[name] = x + wide / 2
        x += wide + GAP_X
    shift = (width - x + GAP_X) / 2
    wanted = {name: place + shift for name, place in wanted.items()}
    centres: dict[str, float] = {}
    for row in reversed(rows):
        for unit in row:
            below = [centres[child] for child in children.get(unit.id, ()) if child in centres]
            if below:
                wanted[unit.id] = (min(below) + max(below)) / 2
        standing = sorted(row, key=lambda unit: (wanted[unit.id], list(units).index(unit.id)))
        placed = _apart([wanted[unit.id] for unit in standing], [unit.wide(box) for unit in standing], width)
        centres |= {unit.id: place for unit, place in zip(standing, placed, strict=True)}
    return centres


def _leaves(roots: Sequence[str], children: Mapping[str, Sequence[str]]) -> list[str]:
    seen: list[str] = []

    def walk(name: str) -> None:
        if name in seen:
            return
        if not children.get(name):
            seen.append(name)
        for child in children.get(name, ()):
            walk(child)

    for root in roots:
        walk(root)
    return seen


def _apart(wanted: Sequence[float], wide: Sequence[int], width: int) -> list[float]:
    """Places as near to the wanted ones as can be without a touch, in this order, inside the width (pool adjacent violators)."""
    if not wanted:
        return []
    offsets = [0.0]
    for left, right in pairwise(wide):
        offsets.append(offsets[-1] + (left + right) / 2 + GAP_X)
    pools: list[list[float]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        pools.append([place - offset, 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            mean, count = pools.pop()
            pools[-1] = [(pools[-1][0] * pools[-1][1] + mean * count) / (pools[-1][1] + count), pools[-1][1] + count]
    flat = [mean for mean, count in pools for _ in range(int(count))]
    low, high = wide[0] / 2 + 1, width - 1 - wide[-1] / 2 - offsets[-1]
    return [min(max(one, low), max(high, low)) + offset for one, offset in zip(flat, offsets, strict=True)]
