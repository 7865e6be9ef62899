"""Codes of the load figures to words: what is counted, beside which target, what follows. Reckons nothing."""

from cityops_desktop.link.alarmload import AlarmLoadInfo, LoadActor, LoadFigure
from cityops_desktop.model.points import LimitKind
from cityops_desktop.model.statistics import Measure
from cityops_desktop.texts import N_, pick, tr
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, STATION, figure, with_unit

NAMES = {
    "per_hour": N_("Alarms an hour"),
    "per_slot": N_("Alarms in 10 min"),
    "peak_hour": N_("Busiest hour"),
    "worst_slot": N_("Busiest 10 min"),
    "slots_over": N_("10 min with more than 10"),
    "flood_time": N_("Time in floods"),
    "upset": N_("Worst flood, first 10 min"),
    "chatter": N_("Chattering conditions"),
    "fleeting": N_("Fleeting conditions"),
    "stale_now": N_("Stale now"),
    "stale_day": N_("Stale, worst day"),
    "top_ten": N_("Share of the ten most frequent"),
    "mix_high": N_("Level 1 of all"),
    "mix_medium": N_("Level 2 of all"),
    "mix_low": N_("Levels 3 and 4 of all"),
}
TIPS = {
    "per_hour": N_("Alarms that came, for each hour in which the station ran. Up to {tolerated} can be managed."),
    "per_slot": N_("Alarms that came, for each ten minutes in which the station ran. Up to {tolerated} can be managed."),
    "peak_hour": N_("The clock hour in which most alarms came; the target is what one post can manage."),
    "worst_slot": N_("The ten minutes in which most alarms came."),
    "slots_over": N_("The part of all ten minutes in which more than 10 alarms came."),
    "flood_time": N_("A flood begins with more than 10 alarms in ten minutes and ends with ten minutes of fewer than 5."),
    "upset": N_("How many came at once: fewer than 10 can be handled, 20 to 100 hardly, more than 100 cannot."),
    "chatter": N_("Conditions that came three times or more within 60 s: their dead band or delay does not fit."),
    "fleeting": N_("Conditions that went by themselves within 60 s: nobody can act on them; an on-delay keeps them away."),
    "stale_now": N_("Alarms that have stood for more than 24 hours: each needs a plan, or a limit that fits."),
    "stale_day": N_("The most alarms that were stale together on one day."),
    "top_ten": N_("How much of the load ten conditions make; said only from {n} alarms on."),
    "mix_high": N_("Of 100 alarms about 5 may be of the highest level, or it means nothing any more."),
    "mix_medium": N_("Of 100 alarms about 15 may be of the second level."),
    "mix_low": N_("Of 100 alarms about 80 should be of the two lower levels."),
}
LIMITS = {LimitKind.HIGH: N_("above"), LimitKind.LOW: N_("below"), LimitKind.STATE: N_("state")}
SOURCES = {"isa": N_("ISA-18.2"), "eemua": N_("EEMUA 191")}
STAR = "*"
ENOUGH_FOR_TOP = 200


def value_text(one: LoadFigure) -> str:
    """The figure."""
    if one.value is None:
        return NOTHING
    if one.measure is Measure.SHARE:
        return tr("{n} %", n=figure(one.value * 100, 1))
    return figure(one.value, 2 if one.measure is Measure.FIGURE else 0)


def target_text(one: LoadFigure) -> str:
    """Such as "≤ 6 · ISA-18.2"."""
    plain = one.target * 100 if one.measure is Measure.SHARE else one.target
    told = tr("{n} %", n=f"{plain:g}") if one.measure is Measure.SHARE else f"{plain:g}"
    return f"{'≥' if one.least else '≤'} {told} · {tr(SOURCES[one.source])}"


def verdict(one: LoadFigure, *, provisional: bool) -> str:
    """In or over its target, or why nobody can say; with a star while it is provisional, which the head explains."""
    if one.value is None:
        return tr("unknown")
    if one.met is None:
        return tr("too few to judge")
    words = tr("in target") if one.met else tr("under target") if one.least else tr("over target")
    return f"{words} {STAR}" if provisional else words


def tip(one: LoadFigure) -> str:
    """What it counts."""
    tolerated = "" if one.tolerated is None else f"{one.tolerated:g}"
    return tr(TIPS[one.code], tolerated=tolerated, n=ENOUGH_FOR_TOP)


def head_text(info: AlarmLoadInfo) -> str:
    """How honest it all is."""
    days = figure(info.hours / 24, 1)
    if info.provisional:
        words = tr("provisional: watched for {days} days, {enough} are needed for a fair picture", days=days, enough=info.enough_days)
        return f"{STAR} {words}"
    return tr("Watched for {days} days", days=days)


def apart_text(info: AlarmLoadInfo) -> str:
    """What is counted, and what is not."""
    return tr(
        "{n} alarms counted for the whole room as one post; apart: {hidden} shelved, out of service or consequences, {tests} tests",
        n=info.alarms,
        hidden=info.hidden,
        tests=info.tests,
    )


def wrong_text(one: LoadActor) -> str:
    """What is wrong with a condition, in a word each."""
    counts = ((one.chatter, N_("chatter {n}")), (one.fleeting, N_("fleeting {n}")), (one.stale, N_("stale {n}")))
    return ", ".join(tr(words, n=count) for count, words in counts if count)


def wrong_tip(one: LoadActor) -> str:
    """The same, explained."""
    counts = ((one.chatter, TIPS["chatter"]), (one.fleeting, TIPS["fleeting"]), (one.stale, TIPS["stale_now"]))
    return "\n".join(tr(words) for count, words in counts if count)


def condition_text(one: LoadActor, model: RoomModel) -> str:
    """Which condition, by the names of now."""
    if not one.key:
        return tr("a device of which only persons are told")
    point = model.points.get(one.subject)
    device = model.devices.get(point.device if point is not None else one.subject)
    place = pick(device.names) if device is not None else ""
    if point is not None:
        limit = next((limit for limit in point.limits if f"{point.key}#{limit.id}" == one.key), None)
        name = f"{place} · {pick(point.names)}"
        if limit is None:
            return name
        return f"{name} {tr(LIMITS[limit.kind])} {with_unit(point, limit.value)}" if limit.value is not None else name
    bus = model.buses.get(one.subject.removeprefix("bus:")) if one.subject.startswith("bus:") else None
    place = place or (pick(bus.names) if bus is not None else tr(STATION) if one.subject == "station" else one.subject)
    return tr("{name}: no connection", name=place) if one.key.endswith("#lost") else f"{place} · {one.key.rpartition('#')[2]}"
