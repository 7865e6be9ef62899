"""Versions and differences of the configuration in words. Asks nobody, paints nothing."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo

from cityops_desktop.link.config import Difference, ProblemInfo, Review, VersionInfo
from cityops_desktop.model.points import LimitKind
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import N_, pick, tr
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, moment
from ui.widgets.sheet import Cell, Row, Sign

THINGS = {
    "room": (N_("room"), N_("rooms")),
    "site": (N_("site"), N_("sites")),
    "area": (N_("area"), N_("areas")),
    "bus": (N_("line"), N_("lines")),
    "device": (N_("device"), N_("devices")),
    "point": (N_("point"), N_("points")),
    "limit": (N_("limit"), N_("limits")),
    "alarm_output": (N_("alarm output"), N_("alarm outputs")),
    "power": (N_("node of the power chain"), N_("nodes of the power chain")),
    "rack": (N_("rack"), N_("racks")),
    "override": (N_("change at run time"), N_("changes at run time")),
    "file": (N_("file"), N_("files")),
}
"""One, several; in this order they are told."""
CHANGES = {"added": N_("added"), "removed": N_("removed"), "changed": N_("changed")}
SIGNS = {"added": Sign.DISC, "removed": Sign.CROSS, "changed": Sign.TRIANGLE}
KINDS = {
    "first": N_("first"),
    "apply": N_("file applied"),
    "rollback": N_("rolled back"),
    "override": N_("limit changed"),
    "reset": N_("limit reset"),
    "demo": N_("demo's file"),
}
FIELDS = {
    "value": N_("value"),
    "deadband": N_("dead band"),
    "on_delay": N_("delay until the alarm (s)"),
    "off_delay": N_("delay until its end (s)"),
    "level": N_("level"),
    "enabled": N_("in use"),
    "kind": N_("kind"),
    "states": N_("states"),
    "source": N_("source"),
    "latch": N_("stays until reset"),
    "supply": N_("consequence of a lost supply"),
    "fed_by": N_("fed by"),
    "names": N_("name"),
    "name": N_("name"),
    "period": N_("period (s)"),
    "unit": N_("unit"),
    "bus": N_("line"),
    "profile": N_("profile"),
    "in force": N_("in force"),
}
LIMITS = {LimitKind.HIGH: N_("above"), LimitKind.LOW: N_("below"), LimitKind.STATE: N_("state")}
LIMIT = "limit:"
WAITING = 8
"""So many devices that will wait are named."""


def count_text(counts: Mapping[str, int]) -> str:
    """Such as "12 points added, 1 limit changed"; files last, they say nothing by themselves."""
    order = list(THINGS)
    told = []
    for key in sorted(counts, key=lambda key: order.index(key.split()[0]) if key.split()[0] in order else len(order)):
        thing, _, change = key.rpartition(" ")
        n = counts[key]
        one, several = THINGS.get(thing, (thing, thing))
        told.append(tr("{n} {thing} {change}", n=n, thing=tr(one if n == 1 else several), change=tr(CHANGES.get(change, change))))
    return tr(", ").join(told) or tr("nothing differs")


def version_row(one: VersionInfo, current: int, when: str) -> Row:
    """A version in the list; the one in force is marked by shape and word."""
    now = one.number == current
    number = Cell(f"{one.number} {tr('in force')}" if now else f"{one.number}", Sign.DISC if now else Sign.RING, bold=now)
    who = tr("the station") if one.actor == "station" else one.actor_name
    what = tr(KINDS[one.kind])
    counts = count_text(one.counts) if one.counts else ""
    return Row(str(one.number), (number, Cell(what, tip=counts), Cell(who), Cell(when), Cell(one.why or counts, tip=counts)))


def thing_name(thing: str, id: str, told: str, model: RoomModel) -> str:
    """What people call it; its id where it has no name."""
    key, _, limit = id.removeprefix(LIMIT).partition("#")
    point = model.points.get(key) if thing in ("point", "limit", "override") else None
    if point is None:
        return f"{told} ({id.removeprefix(LIMIT)})" if told else id.removeprefix(LIMIT)
    device = model.devices.get(point.device)
    name = f"{pick(device.names)} · {pick(point.names)}" if device is not None else pick(point.names)
    if not limit:
        return name
    found = next((one for one in point.limits if one.id == limit), None)
    if found is None:
        return f"{name} #{limit}"
    return tr("{name}, {kind} ({level})", name=name, kind=tr(LIMITS[found.kind]), level=level_name(found.level))


def difference_rows(differences: Iterable[Difference], model: RoomModel) -> list[Row]:
    """A row for each thing, grouped by kind, and one for each of its fields below."""
    order = list(THINGS)
    rows = []
    for n, one in enumerate(sorted(differences, key=lambda one: order.index(one.thing) if one.thing in order else len(order))):
        thing = tr(THINGS[one.thing][0]) if one.thing in THINGS else one.thing
        name = thing_name(one.thing, one.id, pick(one.names) if one.names else "", model)
        words = tr("{thing} {change}: {name}", thing=thing, change=tr(CHANGES[one.change]), name=name)
        rows.append(Row(f"{n}", (Cell(words, SIGNS[one.change], bold=True, tip=one.id), Cell(""), Cell(""))))
        for field, (before, after) in one.fields.items():
            cells = (Cell(f"      {field_text(field)}"), Cell(shown(field, before), dim=True), Cell(shown(field, after)))
            rows.append(Row(f"{n} {field}", cells))
    return rows


def problem_rows(problems: Iterable[ProblemInfo]) -> list[Row]:
    """Where, what, what to do."""
    rows = []
    for n, one in enumerate(problems):
        what, do = (tr(text, **one.params) if one.params else tr(text) for text in (one.what, one.do))
        rows.append(Row(f"{n}", (Cell(one.where, Sign.CROSS, bold=True), Cell(what), Cell(do))))
    return rows


def review_title(review: Review) -> str:
    """One sentence: may it be applied, and what does it change."""
    if review.problems:
        return tr("It cannot be applied: {n} problems", n=len(review.problems))
    waiting = ", ".join(review.waiting[:WAITING]) + (f" +{len(review.waiting) - WAITING}" if len(review.waiting) > WAITING else "")
    told = count_text(review.counts)
    will_wait = tr("will wait for an engineer's admission: {devices}", devices=waiting)
    return f"{told}\n{will_wait}" if waiting else told


def field_text(name: str) -> str:
    """The name of a field."""
    return tr(FIELDS[name]) if name in FIELDS else name


def shown(field: str, value: object) -> str:
    """A field's value for people."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool) or value in ("true", "false"):
        return tr("yes") if value in (True, "true") else tr("no")
    if field == "level" and str(value) in ("1", "2", "3", "4"):
        return level_name(int(str(value)))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def fields_text(values: Mapping[str, object]) -> str:
    """Several fields in one line."""
    return tr(", ").join(f"{field_text(name)} {shown(name, value)}" for name, value in values.items()) or NOTHING


def when_text(ms: int, zone: tzinfo, now: int) -> str:
    """Day and minute; the year, too, when it is another one."""
    then = moment(ms, zone)
    return f"{then:%m-%d %H:%M}" if then.year == moment(now, zone).year else f"{then:%Y-%m-%d %H:%M}"
