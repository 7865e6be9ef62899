"""The results of the analysis as the link's messages: figures, dates, ranks, curves. Reckons nothing."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cityops_desktop.history.analysis.columns import DAY_MS, Floats, Times
from cityops_desktop.history.analysis.cylinder import Leak
from cityops_desktop.history.analysis.discharge import Capacity, Discharge
from cityops_desktop.history.analysis.drift import Drift
from cityops_desktop.history.analysis.grounds import Grounds, Interval
from cityops_desktop.history.analysis.growth import Growth
from cityops_desktop.history.analysis.heading import Heading
from cityops_desktop.history.analysis.profile import SLOT_MS, Profile
from cityops_desktop.history.analysis.runtime import Runtime
from cityops_desktop.history.analysis.subjects import limit_at
from cityops_desktop.link.analysis import ChartInfo, CurveInfo, FigureInfo, FindingInfo
from cityops_desktop.model.analysis import Method, Why
from cityops_desktop.model.points import LimitKind, Point

SOON_DAYS, LATER_DAYS = 7.0, 90.0
WEAK_PERCENT = 80.0
"""Below this a lead-acid battery is taken to be at its end (IEEE 1188)."""
MOST_ROWS = 400
MOST_CURVES = 6
UNKNOWN = frozenset(Why) - {Why.NOT_MOVING, Why.NO_LIMIT, Why.FAR}


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, and how to make its chart when somebody wants to see it."""

    finding: FindingInfo
    chart: Callable[[], ChartInfo]


def of_heading(point: Point, result: Heading, now: int, minutes: tuple[Times, Floats]) -> Told:
    """Minutes to a limit; `minutes` are the samples of the last hour."""
    due = result.minutes.times(60_000.0) if result.minutes is not None else None
    rank = 0 if due is not None else 2 if result.rate is not None else _rank(result.why)
    found = _finding(Method.LIMIT, point, rank, result.why, result.grounds, result.rate, _due(now, due, 1.0))
    found = found.model_copy(update={"facts": {"now": result.level_now}})
    if result.limit is not None:
        found = found.model_copy(update={"limit": result.limit.value, "level": int(result.limit.level)})

    def chart() -> ChartInfo:
        line = []
        if result.rate is not None:
            line = [_line("line", result.grounds, result.level_now, result.rate.value / 60_000)]
        return _chart(Method.LIMIT, point, "time", [_curve("measured", *minutes), *line], [limit.value for limit in point.limits])

    return Told(found, chart)


def of_leak(point: Point, result: Leak) -> Told:
    """A cylinder."""
    limit = limit_at(point, LimitKind.LOW, result.limit)
    level = limit.level if limit is not None else None
    facts = {"now": result.pressure, "widened": result.widened}
    told = _dated(Method.CYLINDER, point, result.why, result.grounds, result.rate, result.days, result.limit, level)

    def chart() -> ChartInfo:
        curves = _fitted("measured", result.times, result.corrected, result.grounds, result.pressure, result.rate)
        return _chart(Method.CYLINDER, point, "time", curves, [one.value for one in point.limits if one.kind is LimitKind.LOW])

    return Told(told.model_copy(update={"facts": facts}), chart)


def of_growth(point: Point, result: Growth) -> Told:
    """The load of a UPS."""
    limit = limit_at(point, LimitKind.HIGH, result.limit)
    level = limit.level if limit is not None else None
    facts = {"now": result.level, "left_out": float(result.left_out)}
    told = _dated(Method.GROWTH, point, result.why, result.grounds, result.rate, result.days, result.limit, level)

    def chart() -> ChartInfo:
        curves = _fitted("adjusted", result.times, result.adjusted, result.grounds, result.level, result.rate)
        if result.times is not None and result.measured is not None:
            curves.insert(0, _curve("measured", result.times, result.measured))
        return _chart(Method.GROWTH, point, "time", curves, [result.limit] if result.limit is not None else [])

    return Told(told.model_copy(update={"facts": facts}), chart)


def of_runtime(point: Point, result: Runtime) -> Told:
    """The runtime that a UPS reports."""
    limit = limit_at(point, LimitKind.LOW, result.limit)
    level = limit.level if limit is not None else None
    facts = {"now": result.level, "reference": result.reference, "widened": result.widened}
    told = _dated(Method.RUNTIME, point, result.why, result.grounds, result.rate, result.days, result.limit, level)

    def chart() -> ChartInfo:
        curves = _fitted("adjusted", result.times, result.corrected, result.grounds, result.level, result.rate)
        return _chart(Method.RUNTIME, point, "time", curves, [result.limit] if result.limit is not None else [])

    return Told(told.model_copy(update={"facts": facts}), chart)


def of_discharges(point: Point, found: list[Discharge], result: Capacity, looked_at: Grounds) -> Told:
    """The battery whose voltage this is."""
    percent = result.percent
    rank = _rank(result.why) if percent is None else 1 if percent.high < WEAK_PERCENT else 2
    told = _finding(Method.DISCHARGE, point, rank, result.why, looked_at, percent, None)
    facts = {"discharges": float(len(found)), "volts": result.volts, "held": result.held, "held_before": result.held_before}
    newest = result.later or (found[-1] if found else None)
    if newest is not None:
        facts |= {"begin": float(newest.begin), "lasted": (newest.end - newest.begin) / 1000, "lowest": newest.lowest}
        if newest.load is not None:
            facts["load"] = newest.load
    if result.reference is not None:
        facts |= {"reference": float(result.reference.begin), "reference_load": result.reference.load or 0.0}
    told = told.model_copy(update={"facts": facts, "since": newest.begin if newest is not None else None})

    def chart() -> ChartInfo:
        curves = []
        shown = found[-MOST_CURVES:]
        if result.reference is not None and not any(one is result.reference for one in shown):
            shown = [result.reference, *shown[1:]]
        for one in shown:
            role = "later" if one is result.later else "reference" if one is result.reference else "other"
            x, y = _fewer(one.seconds, one.volts)
            curves.append(CurveInfo(role=role, x=x, y=y, time=one.begin))
        return _chart(Method.DISCHARGE, point, "elapsed", curves, [result.volts] if result.volts else [])

    return Told(told, chart)


def of_profile(point: Point, result: Profile) -> Told:
    """What is usual at this time of the day."""
    rank = _rank(result.why) if result.why is not None else 1 if result.since is not None else 3
    told = _finding(Method.PROFILE, point, rank, result.why, result.grounds, result.beyond, None)
    facts = {"split": float(result.split), "weekend": float(result.weekend), "days": float(result.band.days if result.band else 0)}
    if result.values is not None and len(result.values):
        facts["now"] = float(result.values[-1])
    told = told.model_copy(update={"facts": facts, "since": result.since})

    def chart() -> ChartInfo:
        curves = []
        if result.band is not None:
            x = [(n + 0.5) * SLOT_MS for n in range(len(result.band.middle))]
            for role, y in (("low", result.band.low), ("middle", result.band.middle), ("high", result.band.high)):
                curves.append(CurveInfo(role=role, x=x, y=_values(y)))
        if result.clock is not None and result.values is not None:
            # the newest day is drawn in two pieces: since midnight, and the end of yesterday
            day = result.clock // DAY_MS
            for one in np.unique(day).tolist():
                part = day == one
                curves.append(CurveInfo(role="measured", x=(result.clock[part] % DAY_MS).tolist(), y=_values(result.values[part])))
        return _chart(Method.PROFILE, point, "day", curves, [])

    return Told(told, chart)


def of_drift(point: Point, result: Drift) -> Told:
    """A sensor beside its neighbours."""
    rank = 1 if result.matters else 3 if result.change is not None else _rank(result.why)
    told = _finding(Method.DRIFT, point, rank, result.why, result.grounds, result.change, None)
    facts = {"neighbours": float(result.neighbours)}
    if result.per_month is not None:
        facts |= {"per_month": result.per_month.value}
    told = told.model_copy(update={"facts": facts, "since": result.stepped})

    def chart() -> ChartInfo:
        curves = []
        for role, values in (("measured", result.apart), ("line", result.fitted)):
            if result.times is not None and values is not None:
                curves.append(_curve(role, result.times, values))
        return _chart(Method.DRIFT, point, "time", curves, [0.0])

    return Told(told, chart)


def _dated(
    method: Method,
    point: Point,
    why: Why | None,
    grounds: Grounds,
    rate: Interval | None,
    days: Interval | None,
    limit: float | None,
    level: int | None,
) -> FindingInfo:
    """A trend that reaches its limit some day."""
    rank = _rank(why) if days is None else 0 if days.value <= SOON_DAYS else 1 if days.value <= LATER_DAYS else 2
    told = _finding(method, point, rank, why, grounds, rate, _due(grounds.end, days, DAY_MS))
    return told.model_copy(update={"limit": limit, "level": None if level is None else int(level)})


def _finding(
    method: Method, point: Point, rank: int, why: Why | None, grounds: Grounds, figure: Interval | None, due: FigureInfo | None
) -> FindingInfo:
    return FindingInfo(
        id=f"{method.value}:{point.key}",
        method=method,
        point=point.key,
        rank=rank,
        why=why,
        figure=None if figure is None else FigureInfo(value=figure.value, low=_finite(figure.low), high=_finite(figure.high)),
        due=due,
        start=grounds.start,
        end=grounds.end,
        samples=grounds.samples,
    )


def _rank(why: Why | None) -> int:
    if why is None or why in (Why.FAR, Why.NO_LIMIT):
        return 2
    return 4 if why in UNKNOWN else 3


def _due(from_: int, left: Interval | None, unit: float) -> FigureInfo | None:
    """The moment, UTC ms, from what is left."""
    if left is None:
        return None
    ends = [_finite(end) for end in (left.low, left.high)]
    low, high = (None if end is None else from_ + end * unit for end in ends)
    return FigureInfo(value=from_ + left.value * unit, low=low, high=high)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _chart(method: Method, point: Point, axis: str, curves: list[CurveInfo], limits: list[float]) -> ChartInfo:
    id = f"{method.value}:{point.key}"
    return ChartInfo(id=id, axis=axis, unit=point.unit, decimals=point.decimals, curves=curves, limits=limits)


def _curve(role: str, times: Times, values: Floats) -> CurveInfo:
    x, y = _fewer(times.astype(float), values)
    return CurveInfo(role=role, x=x, y=y)


def _fitted(
    role: str, times: Times | None, values: Floats | None, grounds: Grounds, level: float, rate: Interval | None
) -> list[CurveInfo]:
    """What was fitted, and the line."""
    if times is None or values is None or not len(times):
        return []
    line = [] if rate is None else [_line("line", Grounds(int(times[0]), grounds.end, 0), level, rate.value / DAY_MS)]
    return [_curve(role, times, values), *line]


def _line(role: str, grounds: Grounds, level: float, per_ms: float) -> CurveInfo:
    x = [float(grounds.start), float(grounds.end)]
    return CurveInfo(role=role, x=x, y=[level - per_ms * (grounds.end - grounds.start), level])


def _fewer(x: Floats, y: Floats) -> tuple[list[float], list[float | None]]:
    """At most some hundred rows of them, the first and the last among them."""
    if len(x) > MOST_ROWS:
        rows = np.unique(np.linspace(0, len(x) - 1, MOST_ROWS).astype(np.int64))
        x, y = x[rows], y[rows]
    return x.tolist(), _values(y)


def _values(y: Floats) -> list[float | None]:
    return [one if math.isfinite(one) else None for one in y.tolist()]
