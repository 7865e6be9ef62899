"""A finding in words: figure with interval, when, why there is none, and how it was reckoned. Pure; reckons only dates and decimals."""

import math
from dataclasses import dataclass

from cityops_desktop.link.analysis import FigureInfo, FindingInfo
from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.analysis import Method, Why
from cityops_desktop.texts import N_, pick, tr
from ui.models.room import RoomModel
from ui.models.shown import figure, moment, span_text, time_text
from ui.widgets.sheet import Cell, Row, Sign

METHODS = {
    Method.LIMIT: N_("Time to the limit"),
    Method.CYLINDER: N_("Cylinder pressure"),
    Method.GROWTH: N_("UPS load"),
    Method.RUNTIME: N_("Battery runtime"),
    Method.DISCHARGE: N_("Battery capacity"),
    Method.PROFILE: N_("Usual day"),
    Method.DRIFT: N_("Sensor drift"),
}
DAYS_NEEDED = {Method.CYLINDER: 7, Method.GROWTH: 14, Method.RUNTIME: 14, Method.PROFILE: 7, Method.DRIFT: 14}
WHYS = {
    Why.FEW: N_("too few values yet"),
    Why.STALE: N_("the newest value is too old"),
    Why.NOT_MOVING: N_("no change is proven"),
    Why.NO_LIMIT: N_("no limit lies ahead"),
    Why.FAR: N_("the limit is years away"),
    Why.NO_AGENT: N_("the room file does not say what is in the cylinder"),
    Why.NO_METHOD: N_("no temperature correction is known for this agent"),
    Why.NO_TEMPERATURE: N_("no temperature is measured beside it"),
    Why.NO_LOAD: N_("the load was not comparable, or is not measured"),
    Why.NO_DISCHARGE: N_("no discharge in the last half year"),
    Why.NONE_ALIKE: N_("no two discharges at an equal load"),
    Why.NO_NEIGHBOURS: N_("fewer than three sensors of its kind beside it"),
}
SIGNS = (Sign.BLOCK, Sign.TRIANGLE, Sign.RING, Sign.TICK, Sign.DASH)
RANKS = (N_("soon"), N_("needs a look"), N_("has time"), N_("in order"), N_("not known"))
FAR_MS = 4e12
"""A hundred years from now nobody waits for."""
MATTERS = 2
"""The last rank that is shown without being asked for."""
TITLES = (N_("Finding with its 95 % interval"), N_("When, and what it rests on"))
MONTH_DAYS, WEEK_DAYS = 30, 7


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words. `steps` = the two sentences of how it was reckoned."""

    what: str
    where: str
    result: str
    when: str
    rests: str
    steps: str
    timed: bool
    """It is asked for its time: `when` comes first, and the figure is what it rests on."""

    @property
    def headline(self) -> str:
        """What it is and what it says."""
        first = self.when if self.timed else self.result
        return tr("{what}: {finding}", what=self.what, finding=first) if first else self.what

    @property
    def second(self) -> str:
        """What else it says."""
        return self.result if self.timed else self.when


def titles() -> list[str]:
    """Over the columns."""
    return [tr(title) for title in TITLES]


def row(model: RoomModel, finding: FindingInfo) -> Row:
    """A line of the list."""
    words = told(model, finding)
    bold, dim = finding.rank <= 1, finding.rank >= 4
    first = Cell(f"{words.what} · {words.where}\n{words.result}", SIGNS[finding.rank], bold, tr(RANKS[finding.rank]), dim)
    return Row(finding.id, (first, Cell(f"{words.when}\n{words.rests}", dim=dim)))


def told(model: RoomModel, finding: FindingInfo) -> Told:
    """All of a finding in words."""
    point = model.points[finding.point]
    device = model.devices.get(point.device)
    where = f"{pick(device.names) if device else point.device} · {pick(point.names)}"
    steps = tr(STEPS[finding.method], **_numbers(model, point, finding)) if finding.figure is not None else _not_reckoned(finding)
    due = when(model, point, finding)
    timed = finding.method is Method.LIMIT and finding.due is not None and bool(due)
    return Told(tr(METHODS[finding.method]), where, result(point, finding), due, _rests(model, finding), steps, timed)


def result(point: PointInfo, finding: FindingInfo) -> str:
    """The figure with its interval, or why there is none."""
    found = finding.figure
    if found is None:
        return _why(finding)
    unit = point.unit
    match finding.method:
        case Method.LIMIT:
            return with_interval(found, tr("{unit}/min", unit=unit))
        case Method.CYLINDER | Method.GROWTH | Method.RUNTIME:
            factor, per = _per(finding.method)
            text = with_interval(times(found, factor), tr(per, unit=unit))
            return tr("{why}: {figure}", why=tr(WHYS[Why.NOT_MOVING]), figure=text) if finding.why is Why.NOT_MOVING else text
        case Method.DISCHARGE:
            return tr("{figure} of the reference", figure=with_interval(found, "%", signed=False))
        case Method.PROFILE:
            if finding.since is None:
                return tr("as usual")
            return tr("{figure} from the usual", figure=with_interval(found, unit))
        case Method.DRIFT:
            if finding.rank > MATTERS:
                return tr("like its neighbours")
            return tr("{figure} from its neighbours", figure=with_interval(found, unit))


def when(model: RoomModel, point: PointInfo, finding: FindingInfo) -> str:
    """When it reaches its limit, or since when it is so."""
    due, now = finding.due, model.now()
    if due is not None and finding.limit is not None:
        limit = f"{figure(finding.limit, point.decimals)} {point.unit}"
        if finding.method is Method.LIMIT:
            left, low, high = ((end - now) / 60_000 if end is not None else None for end in (due.value, due.low, due.high))
            n, low = max(1, round(left or 0)), max(1, round(low or 0))
            if high is None:
                return tr("{limit} in {n} min ({low} or more)", limit=limit, n=n, low=low)
            return tr("{limit} in {n} min ({low} to {high})", limit=limit, n=n, low=low, high=max(1, round(high)))
        day = day_text(model, due.value)
        if due.high is None:
            return tr("{limit} on {day} ({low} or later)", limit=limit, day=day, low=day_text(model, due.low, day))
        return tr(
            "{limit} on {day} ({low} to {high})",
            limit=limit,
            day=day,
            low=day_text(model, due.low, day),
            high=day_text(model, due.high, day),
        )
    if finding.method is Method.PROFILE and finding.since is not None:
        return tr("since {time}", time=time_text(finding.since, model.zone, now)[:-3])
    if finding.method is Method.DRIFT and finding.rank <= MATTERS:
        span = _span(finding)
        return (
            tr("step on {day}", day=day_text(model, finding.since)) if finding.since is not None else tr("slowly, over {span}", span=span)
        )
    if finding.method is Method.DISCHARGE and finding.since is not None:
        return tr("last on {day}", day=day_text(model, finding.since))
    if finding.why in (Why.FAR, Why.NO_LIMIT):
        return tr(WHYS[finding.why])
    return ""


def times(found: FigureInfo, factor: float) -> FigureInfo:
    """The same in another unit."""
    low, high = (None if end is None else end * factor for end in (found.low, found.high))
    return FigureInfo(value=found.value * factor, low=low, high=high)


def with_interval(found: FigureInfo, unit: str, *, signed: bool = True) -> str:
    """ "+0.31 °C/min (0.28 to 0.35)": as many digits as the interval justifies."""
    decimals = justified(found)
    low, high = (None if end is None else figure(end, decimals) for end in (found.low, found.high))
    value = f"{'+' if signed and found.value > 0 else ''}{figure(found.value, decimals)} {unit}".strip()
    if low is None or high is None:
        return value
    return tr("{value} ({low} to {high})", value=value, low=low, high=high)


def justified(found: FigureInfo) -> int:
    """Decimals of which the last is a tenth of the interval, at most six."""
    ends = [end for end in (found.low, found.high) if end is not None]
    wide = max(ends) - min(ends) if len(ends) == 2 else 0.0
    wide = wide or abs(found.value)
    return min(max(1 - math.floor(math.log10(wide)), 0), 6) if wide > 0 else 1


def day_text(model: RoomModel, ms: float | None, beside: str = "") -> str:
    """A day of the room; without its year beside another of the same year."""
    if ms is None or ms > FAR_MS:
        return tr("never")
    day = f"{moment(round(ms), model.zone):%Y-%m-%d}"
    return day[5:] if beside[:4] == day[:4] else day


def _why(finding: FindingInfo) -> str:
    if finding.why is None:
        return ""
    text = tr(WHYS[finding.why])
    needed = DAYS_NEEDED.get(finding.method)
    if finding.why is Why.FEW and needed is not None:
        return tr("{why}: {days} days are needed", why=text, days=needed)
    return text


def _rests(model: RoomModel, finding: FindingInfo) -> str:
    if not finding.samples:
        return ""
    return tr("{n} values in {span}", n=finding.samples, span=_span(finding))


def _span(finding: FindingInfo) -> str:
    """How long it looked back."""
    seconds = (finding.end - finding.start) / 1000
    return tr("{d} d", d=round(seconds / 86_400)) if seconds >= 2 * 86_400 else span_text(seconds)


def _not_reckoned(finding: FindingInfo) -> str:
    return tr("Nothing is reckoned: {why}.", why=_why(finding))


def _per(method: Method) -> tuple[float, str]:
    """Days that a rate is told for, and its unit."""
    if method is Method.CYLINDER:
        return MONTH_DAYS, N_("{unit}/month")
    if method is Method.RUNTIME:
        return MONTH_DAYS, N_("{unit}/month")
    return WEEK_DAYS, N_("{unit}/week")


STEPS = {
    Method.LIMIT: N_(
        "The robust line (Theil-Sen) through {n} averages from {start} to {end} changes by {rate} and stands at {now}. What is missing to "
        "the limit, divided by that, gives the time; it holds as long as the value goes on as now."
    ),
    Method.CYLINDER: N_(
        "{n} hourly pressures from {start} to {end}, each brought to 20 °C by the gas law, make daily medians; the robust line through "
        "them changes by {rate} and stands at {now}. Of the interval {widened} are for what real gases do beyond the gas law."
    ),
    Method.GROWTH: N_(
        "Daily medians of {n} hours from {start} to {end}, less the course of the week and without days unlike the others ({left_out}), "
        "make a robust line that changes by {rate} and stands at {now} on a working day. The date is where this line meets the limit."
    ),
    Method.RUNTIME: N_(
        "{n} hours from {start} to {end} with a full battery and a load within 10 % of {reference}, brought to that load by Peukert's law "
        "(1.2), make daily medians; the robust line changes by {rate} and stands at {now}. It is what the UPS reports, not a measurement."
    ),
    Method.DISCHARGE: N_(
        "The discharge of {day} at a load of {load} held {held} s down to {volts}, that of {reference_day} at {reference_load} held "
        "{held_before} s. The one over the other, brought to one load by Peukert's law (1.2), is what is left of the capacity."
    ),
    Method.PROFILE: N_(
        "On {days} earlier {kind} 80 % of the values at this time of the day were within the band, half of them above its middle. The "
        "value is now {now}; outside is what is further from the band than the band is wide, for an hour."
    ),
    Method.DRIFT: N_(
        "Each hour's distance from the median of {neighbours} neighbours, as daily medians from {start} to {end}, has changed by {change}. "
        "Which of them is right only a reference thermometer says; nothing is corrected."
    ),
}


def _numbers(model: RoomModel, point: PointInfo, finding: FindingInfo) -> dict[str, object]:
    """What the sentences of the method name."""
    facts, found = finding.facts, finding.figure
    assert found is not None
    unit = point.unit

    def value(name: str) -> str:
        return f"{figure(facts.get(name, 0.0), point.decimals)} {unit}"

    short = finding.method is Method.LIMIT
    if short:
        start, end = time_text(finding.start, model.zone, model.now()), time_text(finding.end, model.zone, finding.start)
    else:
        start, end = day_text(model, finding.start), day_text(model, finding.end)
    named: dict[str, object] = {"n": finding.samples, "start": start, "end": end}
    match finding.method:
        case Method.LIMIT:
            named |= {"rate": with_interval(found, tr("{unit}/min", unit=unit)), "now": value("now")}
        case Method.CYLINDER | Method.GROWTH | Method.RUNTIME:
            factor, per = _per(finding.method)
            told_ = times(found, factor)
            wide = f"{figure(facts.get('widened', 0.0) * factor, justified(told_))} {tr(per, unit=unit)}"
            reference = f"{figure(facts.get('reference', 0.0), 1)}"
            named |= {"rate": with_interval(told_, tr(per, unit=unit)), "now": value("now"), "widened": wide}
            named |= {"left_out": round(facts.get("left_out", 0)), "reference": reference}
        case Method.DISCHARGE:
            named |= {name: round(facts.get(name, 0.0)) for name in ("held", "held_before")}
            named |= {name: figure(facts.get(name, 0.0), 1) for name in ("load", "reference_load")}
            named |= {
                "volts": value("volts"),
                "day": day_text(model, facts.get("begin")),
                "reference_day": day_text(model, facts.get("reference")),
            }
        case Method.PROFILE:
            split, weekend = facts.get("split", 0) > 0, facts.get("weekend", 0) > 0
            kind = tr("days") if not split else tr("weekend days") if weekend else tr("working days")
            named |= {"days": round(facts.get("days", 0)), "kind": kind, "now": value("now")}
        case Method.DRIFT:
            named |= {"neighbours": round(facts.get("neighbours", 0)), "change": with_interval(found, unit)}
    return named
