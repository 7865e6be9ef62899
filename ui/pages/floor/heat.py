"""The temperature of the air inside one aisle, from that aisle's sensors of one height. Knows no room, no colour.

Inverse distance (Shepard's weights in the form of Franke and Little, which fall to nought at `REACH`) and not a line along the aisle:
sensors hang on both faces of an aisle and not in pairs, so that a line would have to average two that disagree; and inverse distance
never tells a value above the warmest or below the coldest sensor. A sensor counts only where it can be seen in a straight line, so
that nothing is carried through a rack, a cabinet or a wall. Where no usable sensor is within `REACH` nothing is told.
A sensor without a value leaves a hole: all spots within `HOLE` that it is nearest to. Its neighbours do not speak for it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ui.models.floorplan import Air, Aisle, Box, Plan, Sensor

CELL = 0.1
"""Metres of a cell."""
REACH = 3.0
"""Metres beyond which a sensor tells nothing."""
HOLE = 1.0
"""Metres around a sensor without a value that stay empty."""

Grid = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Field:
    """`values` in °C, NaN where nothing is told; `holes` where a sensor is without a value. Row 0 is the southern one."""

    values: Grid
    holes: Mask


class AisleHeat:
    """The field of one aisle. What depends on the places alone is computed once; new values cost one product."""

    def __init__(self, aisle: Aisle, sensors: Sequence[Sensor]) -> None:
        self.aisle = aisle
        self.sensors = tuple(sensors)
        box = aisle.box
        self.columns, self.rows = max(1, round(box.width / CELL)), max(1, round(box.depth / CELL))
        xs = box.left + (np.arange(self.columns) + 0.5) * box.width / self.columns
        ys = box.bottom + (np.arange(self.rows) + 0.5) * box.depth / self.rows
        self.x, self.y = (grid.ravel() for grid in np.meshgrid(xs, ys))
        free = np.ones(self.x.shape, dtype=bool)
        for one in (*aisle.solid, *aisle.taken):
            free &= ~((self.x > one.left) & (self.x < one.right) & (self.y > one.bottom) & (self.y < one.top))
        self.free: Mask = free
        self._far = np.array([self._distances(sensor) for sensor in self.sensors]).reshape(len(self.sensors), self.x.size)
        self._usable: tuple[bool, ...] | None = None
        self._weights = np.zeros((0, self.x.size))
        self._told = self._holes = np.zeros(self.x.shape, dtype=bool)

    def field(self, values: Sequence[float | None]) -> Field:
        """With these values of its sensors, in their order; None = not usable."""
        usable = tuple(value is not None for value in values)
        if usable != self._usable:
            self._weigh(usable)
        known = np.array([value for value in values if value is not None], dtype=float)
        result = np.full(self.x.shape, np.nan)
        if known.size:
            told = known @ self._weights
            result[self._told] = np.clip(told[self._told], known.min(), known.max())
        shape = (self.rows, self.columns)
        return Field(result.reshape(shape), self._holes.reshape(shape))

    def _weigh(self, usable: tuple[bool, ...]) -> None:
        self._usable = usable
        chosen = np.array(usable, dtype=bool)
        live, dead = self._far[chosen], self._far[~chosen]
        near = live.min(axis=0, initial=np.inf)
        gone = dead.min(axis=0, initial=np.inf)
        self._holes = self.free & (gone <= HOLE) & (gone <= near)
        with np.errstate(invalid="ignore"):
            weights = np.where(live < REACH, ((REACH - live) / (REACH * live)) ** 2, 0.0)
        total = weights.sum(axis=0)
        self._told = self.free & ~self._holes & (total > 0)
        self._weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)

    def _distances(self, sensor: Sensor) -> Grid:
        """Metres from each cell to the sensor, without end where a solid thing stands between."""
        x, y = sensor.probe
        far = np.maximum(np.hypot(self.x - x, self.y - y), 1e-3)
        for box in self.aisle.solid:
            far[_crosses(x, y, self.x, self.y, box)] = np.inf
        return far


def _crosses(x: float, y: float, xs: Grid, ys: Grid, box: Box) -> Mask:
    """Does the straight line from one spot to each of the others pass through the box? (slabs)"""
    enter, leave = np.zeros(xs.shape), np.ones(xs.shape)
    for start, ends, low, high in ((x, xs, box.left + 1e-9, box.right - 1e-9), (y, ys, box.bottom + 1e-9, box.top - 1e-9)):
        way = ends - start
        still = np.abs(way) < 1e-12
        step = np.where(still, 1.0, way)
        one, other = (low - start) / step, (high - start) / step
        outside = not low < start < high
        near = np.where(still, np.inf if outside else -np.inf, np.minimum(one, other))
        far = np.where(still, -np.inf if outside else np.inf, np.maximum(one, other))
        enter, leave = np.maximum(enter, near), np.minimum(leave, far)
    return enter < leave


@dataclass(frozen=True, slots=True)
class Scale:
    """From which to which °C colours go: fixed by the sensors' normal bands and limits, so that nothing changes its colour but air.
    `bands` are the allowed ones with the air that they are of (None = sensors outside of aisles)."""

    low: float
    high: float
    bands: tuple[tuple[float, float, Air | None], ...]


def scale_of(plan: Plan | None) -> Scale:
    """The scale for the sensors of the aisles, or of the whole floor when no aisle has any: a little beyond the outermost band or limit."""
    felt = [(sensor, aisle.air) for aisle in plan.aisles for sensor in aisle.sensors] if plan is not None else []
    every: list[tuple[Sensor, Air | None]] = [*felt] or [(sensor, None) for sensor in (plan.sensors if plan is not None else ())]
    sensors = [sensor for sensor, _ in every]
    found = {(*sensor.point.normal, air) for sensor, air in every if sensor.point.normal is not None}
    bands = tuple(sorted(found, key=lambda band: (band[0], band[1], band[2] or "")))
    ends = [end for low, high, _ in bands for end in (low, high)]
    ends += [limit.value for sensor in sensors for limit in sensor.point.limits if limit.kind in ("high", "low")]
    low, high = (min(ends), max(ends)) if ends else (15.0, 40.0)
    return Scale(math.floor((low - 1) / 2) * 2.0, math.ceil((high + 1) / 2) * 2.0, bands)


def highest_limit(sensors: Sequence[Sensor]) -> float | None:
    """The highest upper limit that any of these sensors has."""
    return max((limit.value for sensor in sensors for limit in sensor.point.limits if limit.kind == "high"), default=None)
