"""Which points a frame's numbers stand for, with what is needed to read the numbers again in ten years. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.model.points import Kind, Point


@dataclass(frozen=True)
class Layout:
    """Points in their order. `resolutions` is None where the recorded number is the value itself (digital, text)."""

    keys: tuple[str, ...]
    units: tuple[str, ...]
    resolutions: tuple[float | None, ...]
    kinds: tuple[Kind, ...]
    origin: str = "real"
    numbers: dict[str, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", {key: number for number, key in enumerate(self.keys)})

    @classmethod
    def of(cls, points: Iterable[Point], origin: str = "real") -> "Layout":
        """The layout of these points of a real room or a demo. At most 65,536."""
        all_points = tuple(points)
        if len(all_points) > 2**16:
            raise ValueError(f"{len(all_points)} points: a frame numbers 65,536 at most")
        return cls(
            tuple(point.key for point in all_points),
            tuple(point.unit for point in all_points),
            tuple(point.resolution if point.kind in (Kind.ANALOG, Kind.COUNTER) else None for point in all_points),
            tuple(point.kind for point in all_points),
            origin,
        )

    def to_json(self) -> str:
        """The layout as it is stored; the same points always give the same text."""
        rows = zip(self.keys, self.units, self.resolutions, self.kinds, strict=True)
        points = [{"key": key, "unit": unit, "resolution": resolution, "kind": kind} for key, unit, resolution, kind in rows]
        return json.dumps({"origin": self.origin, "points": points}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Layout":
        """A stored layout. ValueError, KeyError or TypeError when it is none."""
        stored = json.loads(text)
        points = stored["points"]
        return cls(
            tuple(point["key"] for point in points),
            tuple(point["unit"] for point in points),
            tuple(point["resolution"] for point in points),
            tuple(Kind(point["kind"]) for point in points),
            str(stored["origin"]),
        )

    @cached_property
    def steps(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Each point's resolution, 1 where there is none, and where there is none: there the value is cut to a whole number."""
        steps = np.array([resolution or 1.0 for resolution in self.resolutions], np.float64)
        return steps, np.array([resolution is None for resolution in self.resolutions], np.bool_)

    @cached_property
    def factors(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Numerator and denominator of each point's resolution: count * numerator / denominator is the value, without 0.1's error."""
        fractions = [Fraction(repr(resolution)) if resolution is not None else Fraction(1) for resolution in self.resolutions]
        return np.array([f.numerator for f in fractions], np.float64), np.array([f.denominator for f in fractions], np.float64)
