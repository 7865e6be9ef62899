"""Who a device is, in words: what it says of itself, who admitted it, what differs. Paints nothing, decides nothing."""

from dataclasses import dataclass
from datetime import tzinfo

from cityops_desktop.link.messages import AlarmInfo, FingerprintInfo, IdentityInfo
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.identities import ANSWERS, STATION
from cityops_desktop.model.readings import Reason
from cityops_desktop.sentences import DEVICE_FACTS, DEVICE_WAITS, in_order
from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, time_text

MOST = 80
"""Characters of a fact that are shown; the tool tip holds the whole."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact beside what was admitted; `differs` = they are not the same."""

    name: str
    known: str
    now: str
    differs: bool


def fact_name(name: str) -> str:
    """What a fact is called."""
    return tr(DEVICE_FACTS[name]) if name in DEVICE_FACTS else name


def identity_line(one: IdentityInfo, zone: tzinfo, now: int) -> str:
    """Does it belong there, by whose word, since when; and what it says of itself."""
    if one.waits:
        since = tr("since {time}", time=time_text(one.since, zone, now))
        return " · ".join(part for part in (f"{tr(DEVICE_WAITS[one.waits])} ({since})", news_text(one)) if part)
    return " · ".join(part for part in (_admitted(one, zone, now), _facts(one.known)) if part)


def news_text(one: IdentityInfo, *, place: bool = True) -> str:
    """What of one that waits is to be decided upon: all that a new one says (`place` = and where it hangs), else what differs."""
    rows = [row for row in compared(one) if (row.differs if one.known else row.now not in ("", NOTHING))]
    if not place and not one.known:
        rows = [row for row in rows if row.name != fact_name("bus")]
    return tr("; ").join(tr("{name}: {value}", name=row.name, value=f"{row.known} → {row.now}" if one.known else row.now) for row in rows)


def compared(one: IdentityInfo) -> list[Compared]:
    """Every fact, as it was admitted and as it is now; those that differ first."""
    known, now = one.known or FingerprintInfo(place={}), one.seen or one.known or FingerprintInfo(place={})
    rows = [_row(name, known.place, now.place, one) for name in in_order(now.place or known.place)]
    before, after = known.facts or {}, (now.facts if now.facts is not None else known.facts) or {}
    rows += [_row(name, before, after, one) for name in in_order((*before, *after))]
    return sorted(rows, key=lambda row: not row.differs)


def waiting_device(model: RoomModel, alarm: AlarmInfo) -> str:
    """The device that this alarm is about, when it is one that waits for its admission; "" for every other alarm."""
    if alarm.cause not in (Cause.DEVICE_NEW, Cause.DEVICE_CHANGED):
        return ""
    if alarm.subject in model.devices:
        return alarm.subject
    bus = alarm.subject.removeprefix("bus:")
    doubted = {model.points[key].device for key, live in model.live.items() if live.reason is Reason.NOT_ADMITTED and key in model.points}
    on_bus = [device.id for device in model.devices.values() if device.bus == bus]
    return next((id for id in on_bus if id in doubted), on_bus[0] if on_bus else "")


def _row(name: str, before: dict[str, str], after: dict[str, str], one: IdentityInfo) -> Compared:
    was, now = before.get(name, ""), after.get(name, "")
    differs = bool(one.known) and was != now and bool(was) and bool(now)
    return Compared(fact_name(name), _said(name, was), _said(name, now), differs)


def _said(name: str, value: str) -> str:
    if name == ANSWERS and value:
        return str(len(value.split()))
    return value or NOTHING


def _admitted(one: IdentityInfo, zone: tzinfo, now: int) -> str:
    when = time_text(one.admitted, zone, now) if one.admitted is not None else ""
    if one.actor == STATION:
        return tr("found at commissioning ({time})", time=when)
    return tr("admitted by {name} ({time})", name=one.actor_name or one.actor, time=when)


def _facts(one: FingerprintInfo | None) -> str:
    if one is None or one.facts is None:
        return tr("says nothing of itself")
    if one.behaviour:
        refused = one.facts.get("refuses", "").split()
        return tr("says nothing of itself; points that it refuses: {n}", n=len(refused))
    return tr(", ").join(f"{fact_name(name)} {one.facts[name]}" for name in in_order(one.facts))
