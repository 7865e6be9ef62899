"""The statistics of a curve's visible span in words: what stands in the panel and on paper. Reckons by model/spanstats; paints nothing.

What was reckoned from samples stands as it is. What could only be bounded, because the chart has lowest and highest of longer times,
stands as "≈" or as "from – to", and the tip says how it was reckoned.
"""

from dataclasses import dataclass
from datetime import tzinfo

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.counting import Break, Consumption, consumption
from cityops_desktop.model.points import Kind, LimitKind
from cityops_desktop.model.spanstats import (
    Bound,
    DurationCurve,
    Held,
    Statistics,
    above,
    below,
    changes,
    duration_curve,
    held,
    shares,
    statistics,
)
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, figure, span_text, time_text, value_text
from ui.pages.trends.lanes import Line

SIGNS = {LimitKind.HIGH: ">", LimitKind.LOW: "<"}


@dataclass(frozen=True, slots=True)
class Word:
    """A figure as it stands, and how it was reckoned."""

    text: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """One curve's row: `said` is the time beyond the limits, of a counter what it counted, of a digital point the share of its states."""

    number: int
    name: str
    lowest: Word
    mean: Word
    highest: Word
    last: Word
    said: Word
    threshold: Word
    good: Word
    count: Word
    curve: DurationCurve | None


@dataclass(frozen=True, slots=True)
class Span:
    """Which time is looked at (UTC ms; it ends now at the latest), in which zone it is told, in buckets of which width, and above which
    value somebody asks for the time (None = none was typed)."""

    start: int
    end: int
    zone: tzinfo
    width: int
    threshold: float | None = None


def figures(line: Line, name: str, span: Span) -> Figures:
    """The statistics of this curve, whose whole name is given."""
    strip, unknown = line.trace.known(span.start, span.end, span.width)
    part = held(strip, span.start, span.end, line.trace.gap_ms, line.trace.hold_ms)
    told, point = statistics(part), line.point
    how = _how(part, bool(unknown), told)
    states = point.kind is Kind.DIGITAL
    return Figures(
        line.number,
        name,
        Word() if states else _value(point, told.lowest, how),
        _mean(point, told, how) if point.kind is Kind.ANALOG else Word(),
        Word() if states else _value(point, told.highest, how),
        Word(value_text(point, told.last[1]), time_text(told.last[0], span.zone, span.end)) if told.last else Word(NOTHING),
        _said(point, part, told, span, how),
        _threshold(point, part, told, span.threshold, how),
        _share(told.good, told.span, tr("Share of the span in which a good value was known: {n}", n=_spans(told.good)) + "\n" + how),
        _count(told.count, how),
        duration_curve(part) if point.kind is Kind.ANALOG else None,
    )


def _said(point: PointInfo, part: Held, told: Statistics, span: Span, how: str) -> Word:
    if point.kind is Kind.DIGITAL:
        return _states(point, part, how)
    if point.kind is Kind.COUNTER:
        return _counted(point, consumption(part.strip, point.rollover), span)
    return _beyond(point, part, told, how)


def whole_name(model: RoomModel, line: Line) -> str:
    """Point, device and unit of a curve: what is short on the screen has its end cut, and the point is what matters."""
    device = model.devices.get(line.point.device)
    place = pick(device.names) if device else line.point.device
    return f"{pick(line.point.names)} · {place}" + (f"  {line.point.unit}" if line.point.unit else "")


def _how(part: Held, unknown: bool, told: Statistics) -> str:
    """In which way the figures were reckoned."""
    how = tr("A value holds until the next one, over no gap.")
    if part.exact:
        how = f"{tr('Reckoned from every sample.')} {how}"
    else:
        more = tr("Reckoned from lowest and highest of longer times: what cannot be known from them is told as ≈ or as from – to.")
        how = f"{more} {how}"
    if told.usable.high < told.span * 0.995:
        how += " " + tr("Values were known for {span} of it.", span=_spans(told.usable))
    return how + " " + tr("Parts of the span are not loaded yet.") if unknown else how


def _value(point: PointInfo, bound: Bound | None, how: str) -> Word:
    if bound is None:
        return Word(NOTHING, how)
    return Word(_range(value_text(point, bound.low), value_text(point, bound.high)), how)


def _mean(point: PointInfo, told: Statistics, how: str) -> Word:
    if told.mean is None or told.usual is None:
        return Word(NOTHING, how)
    digits = point.decimals + (1 if point.decimals < 3 else 0)
    low, usual, high = (figure(value, digits) for value in (told.mean.low, told.usual, told.mean.high))
    if low == high:
        return Word(usual, how)
    return Word(f"≈ {usual}", tr("The mean lies between {low} and {high}.", low=low, high=high) + "\n" + how)


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} – {high}"


def _spans(bound: Bound) -> str:
    return _range(span_text(bound.low / 1000), span_text(bound.high / 1000))


def _percent(share: float) -> str:
    """Never 0 or 100 when it is not quite."""
    if 0 < share < 0.001:
        return "< 0.1"
    if 0.999 < share < 1:
        return "> 99.9"
    return figure(share * 100, 1) if share not in (0.0, 1.0) else figure(share * 100, 0)


def _percents(bound: Bound, whole: float) -> str:
    return _range(_percent(bound.low / whole), _percent(bound.high / whole)) + " %" if whole > 0 else NOTHING


def _share(bound: Bound, whole: float, tip: str) -> Word:
    return Word(_percents(bound, whole), tip)


def _count(bound: Bound, how: str) -> Word:
    text = f"{round(bound.high):,}" if bound.exact else f"≈ {round(bound.middle):,}"
    return Word(text.replace(",", " "), how)


def _beyond(point: PointInfo, part: Held, told: Statistics, how: str) -> Word:
    """For how long it was beyond each of its limits; the limits that were kept stand in the tip."""
    limits = [limit for limit in point.limits if limit.kind is not LimitKind.STATE]
    if not limits or told.lowest is None:
        return Word(tr("no limits") if not limits else NOTHING, how)
    broken, lines = [], []
    for limit in sorted(limits, key=lambda limit: limit.level):
        time = above(part, limit.value) if limit.kind is LimitKind.HIGH else below(part, limit.value)
        sign = f"{SIGNS[limit.kind]} {figure(limit.value, point.decimals)}"
        share = _percents(time, told.usable.high)
        lines.append(
            tr(
                "{level} {limit}: {span}, {share} of the known time",
                level=level_name(limit.level),
                limit=sign,
                span=_spans(time),
                share=share,
            )
        )
        if time.high > 0:
            broken.append(f"{sign}  {_spans(time)}")
    return Word(" · ".join(broken) if broken else tr("within limits"), "\n".join([*lines, how]))


def _threshold(point: PointInfo, part: Held, told: Statistics, value: float | None, how: str) -> Word:
    if value is None or point.kind is not Kind.ANALOG or told.lowest is None:
        return Word()
    over, under = above(part, value), below(part, value)
    typed = figure(value, point.decimals)
    lines = [
        tr("above {value}: {span}, {share} of the known time", value=typed, span=_spans(over), share=_percents(over, told.usable.high)),
        tr("below {value}: {span}, {share} of the known time", value=typed, span=_spans(under), share=_percents(under, told.usable.high)),
    ]
    return Word(_spans(over), "\n".join([*lines, how]))


def _states(point: PointInfo, part: Held, how: str) -> Word:
    """Share of time and how often it came, of each state."""
    found = [share for share in shares(part) if share.time.high > 0 or share.came.high > 0]
    if not found:
        return Word(NOTHING, how)
    whole = part.least.sum() / 2 + part.most.sum() / 2
    texts = [
        tr("{state} {share} ({n} ×)", state=value_text(point, share.state), share=_percents(share.time, float(whole)), n=_times(share.came))
        for share in found
    ]
    lines = [
        tr("{state}: {span}, came {n} times", state=value_text(point, share.state), span=_spans(share.time), n=_times(share.came))
        for share in found
    ]
    return Word(" · ".join(texts), "\n".join([*lines, tr("changes: {n}", n=_times(changes(part))), how]))


def _times(bound: Bound) -> str:
    return _range(str(round(bound.low)), str(round(bound.high)))


def _counted(point: PointInfo, counted: Consumption, span: Span) -> Word:
    """What a counter counted, and that it was exchanged or came past its end."""
    total = f"{figure(counted.total, point.decimals)} {point.unit}".strip()
    exchanged = [fall for fall in counted.falls if fall.kind is Break.EXCHANGED]
    over = len(counted.falls) - len(exchanged)
    text = tr("at least {total}", total=total) if exchanged else f"≈ {total}" if not counted.exact else total
    said = [tr("counted {total}", total=text)]
    if over:
        said.append(tr("roll-over {n} ×", n=over))
    if exchanged:
        said.append(tr("exchanged or reset {n} ×", n=len(exchanged)))
    words = {Break.ROLLOVER: tr("rolled over"), Break.EXCHANGED: tr("exchanged or reset, not counted")}
    lines = []
    for fall in counted.falls[:12]:
        before, after = value_text(point, fall.before), value_text(point, fall.after)
        lines.append(f"{time_text(fall.end, span.zone, span.end)}  {before} > {after}  {words[fall.kind]}")
    tip = tr("Last reading less first; a fall counts as a roll-over only where the profile says the counter's end and the step fits.")
    return Word(" · ".join(said), "\n".join([*lines, tip]))
