"""Wires, plans and counters as rows and sentences. Decides words; asks and paints nothing."""

from collections.abc import Iterable
from datetime import tzinfo

from cityops_desktop.link.messages import CountersInfo
from cityops_desktop.link.wires import BusPlan, FrameInfo, PlannedDevice, WireDetail
from cityops_desktop.sentences import bus_reason_text, wire_text
from cityops_desktop.texts import N_, pick, tr
from ui.models.devicewords import COUNTERS, bus_short, bus_word, milli_text
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, moment, span_text
from ui.widgets.sheet import Cell, Row, Sign

PLAN_TITLES = (N_("Device"), N_("Question"), N_("Points read"), N_("Every"), N_("Bytes"), N_("Takes"), N_("Of the line"))
QUESTION = 1
VERDICTS = {
    "easy": N_("the line bears it easily"),
    "tight": N_("the line is nearly full: a device that does not answer makes the others late"),
    "over": N_("the line is over-asked: values come late; longer periods, a higher baud rate or a second line are needed"),
}
POLICIES = {
    "one_per_point": N_("one request per value {times} times"),
    "adjacent": N_("touching registers only {times} times"),
    "gap_50": N_("across any hole up to 50 {times} times"),
}
DEARER = 1.005
"""A way of reading that takes so many times as long as ours is worth a word."""
SIGNS = {"up": Sign.TICK, "starting": Sign.RING, "down": Sign.CROSS}


def device_name(model: RoomModel, id: str) -> str:
    """What people call it."""
    device = model.devices.get(id)
    return pick(device.names) if device else id


def wire_titles() -> list[str]:
    """Of the list of wires."""
    return [tr("Line"), tr("State"), tr("Load")]


def wire_rows(model: RoomModel, wires: Iterable[WireDetail], *, old: bool) -> list[Row]:
    """Each wire with its state by shape and word; of an old answer neither state nor load is told."""
    rows = []
    for wire in wires:
        bus, info = wire.bus, wire.bus.info
        word, sign, bold = bus_word_short(wire)
        tip = f"{info.id} · {info.driver} · {info.resource}"
        why = bus_reason_text(bus.reason, bus.detail) if bus.reason else ""
        over = bus.state == "up" and bus.load > 1
        load = Cell(percent(bus.load) if bus.state == "up" else NOTHING, Sign.TRIANGLE if over else Sign.NONE, bold=over)
        state = Cell(word, sign, bold=bold, tip=why)
        cells = (Cell(pick(info.names), tip=tip), *((Cell(tr("not known"), Sign.DASH), Cell(NOTHING)) if old else (state, load)))
        rows.append(Row(info.id, cells))
    return rows


def bus_word_short(wire: WireDetail) -> tuple[str, Sign, bool]:
    """The state of a wire in a word, its sign, and does it need somebody? Silent devices count."""
    silent = len(wire.bus.silent_devices)
    if wire.bus.state == "up" and silent:
        return tr("{n} silent", n=silent), Sign.TRIANGLE, True
    return bus_short(wire.bus), SIGNS[wire.bus.state], wire.bus.state == "down"


def state_text(wire: WireDetail) -> str:
    """The whole of it, with the reason."""
    return bus_word_short(wire)[0] if wire.bus.state == "up" else bus_word(wire.bus)


def percent(part: float) -> str:
    """Of a wire's time."""
    return f"{100 * part:.1f} %" if part < 0.0995 else f"{100 * part:.0f} %"


def use_text(model: RoomModel, wire: WireDetail) -> str:
    """How much of the wire is used, how long a round takes, who is silent."""
    bus = wire.bus
    load = tr("load {n}", n=percent(bus.load)) + (f" ({tr('too much')})" if bus.load > 1 else "")
    parts = [
        load if bus.state == "up" else tr("nothing is sent"),
        tr("a round takes {time}", time=seconds_text(wire.cycle)),
        tr("{n} polls skipped", n=bus.missed),
    ]
    if bus.silent_devices:
        names = tr(", ").join(device_name(model, one) for one in bus.silent_devices)
        parts.append(tr("{n} of {all} devices silent: {names}", n=len(bus.silent_devices), all=bus.devices, names=names))
    return " · ".join(parts)


def counters_text(counters: CountersInfo) -> str:
    """What was counted on a wire, in one line."""
    return " · ".join(f"{tr(title)} {getattr(counters, key)}" for key, title in COUNTERS.items())


def seconds_text(seconds: float) -> str:
    """Milliseconds up to a second, then seconds."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


# the plan


def plan_rows(model: RoomModel, plan: BusPlan) -> list[Row]:
    """Each question with its price."""
    rows = []
    for n, one in enumerate(plan.requests):
        names = (pick(model.points[key].names) if key in model.points else key for key in one.points)
        told = (
            device_name(model, one.device),
            wire_text(one.words, one.params),
            str(len(one.points)),
            span_text(one.period) if one.period >= 1 else tr("{n} s", n=f"{one.period:g}"),
            f"{one.sent} + {one.received}",
            f"{1000 * one.seconds:.1f} ms",
            percent(one.load),
        )
        cells = [Cell(text) for text in told]
        cells[QUESTION] = Cell(told[QUESTION], tip=tr(", ").join(names))
        rows.append(Row(f"{one.device}\n{n}", tuple(cells)))
    return rows


def plan_text(plan: BusPlan) -> str:
    """The plan in a sentence."""
    return tr(
        "{n} questions read {points} points of {devices} devices. A round takes {time}; the line is busy {load} of the time.",
        n=len(plan.requests),
        points=sum(one.points for one in plan.devices),
        devices=len(plan.devices),
        time=seconds_text(plan.cycle),
        load=percent(plan.load),
    )


def bears_text(plan: BusPlan) -> str:
    """How the wire bears it, and what other ways of reading would take."""
    bears = tr("only listened to: nothing of this is sent") if plan.listen_only else tr(VERDICTS[plan.verdict])
    dearer = {name: f"{factor:.2f}" for name, factor in plan.times.items() if name in POLICIES and factor >= DEARER}
    ways = tr(", ").join(tr(POLICIES[name], times=times) for name, times in dearer.items())
    return f"{bears} · {tr('other ways would take: {ways}', ways=ways)}" if ways else bears


def one_more_text(model: RoomModel, plan: BusPlan, device: PlannedDevice | None) -> str:
    """What one more device like this would cost, and what is known of this one."""
    if device is None:
        return tr("Choose a row: what one more such device would cost.")
    told = tr(
        "One more like {name}: {time} more a round, {part} of the line; busy then {load} of the time.",
        name=device_name(model, device.id),
        time=seconds_text(device.seconds),
        part=percent(device.load),
        load=percent(device.one_more),
    )
    parts = [told, *([tr(VERDICTS[device.verdict])] if device.verdict != "easy" else [])]
    if device.turnaround is not None:
        parts.append(tr("begins to answer after {ms} ms", ms=round(1000 * device.turnaround)))
    if device.busy > 1:
        parts.append(tr("asked more often than this device bears: it will be read later than its periods say"))
    if device.missing:
        parts.append(tr("refuses: {places}", places=tr(", ").join(device.missing)))
    return " · ".join(parts)


# the counters


def counter_titles() -> list[str]:
    """Of the table of counters."""
    return [tr("Device"), tr("State"), *(tr(title) for title in COUNTERS.values()), "p50", "p99"]


def counter_rows(model: RoomModel, wire: WireDetail, *, old: bool) -> list[Row]:
    """Each device of a wire; `old` = how they do now is not known. Who only listens asks no device anything."""
    rows = []
    listens = bool(wire.bus.settings.get("listen_only"))
    for one in wire.devices:
        counters = one.counters
        state = Cell(tr("silent"), Sign.CROSS, bold=True) if one.silent else Cell(tr("answers"), Sign.TICK)
        if counters.last_answer is None and not one.silent:
            state = Cell(tr("no answer yet"), Sign.RING)
        if old:
            state = Cell(tr("not known"), Sign.DASH)
        device = model.devices.get(one.id)
        address = tr("address {n}", n=device.address) if device and device.address else ""
        cells = [Cell(device_name(model, one.id), tip=" · ".join(part for part in (one.id, address) if part)), state]
        for key in COUNTERS:
            count = getattr(counters, key)
            cells.append(Cell(NOTHING if listens else str(count), dim=old or count == 0))
        cells += [Cell(milli_text(took)) for took in (counters.p50_seconds, counters.p99_seconds)]
        rows.append(Row(one.id, tuple(cells)))
    return rows


# the frames


def time_words(frame: FrameInfo, zone: tzinfo) -> str:
    """To the millisecond."""
    then = moment(frame.time, zone)
    return f"{then:%H:%M:%S}.{then.microsecond // 1000:03d}"


def who_text(model: RoomModel, frame: FrameInfo) -> str:
    """Whose frame it is."""
    if frame.device:
        return device_name(model, frame.device)
    return tr("unit {unit}", unit=frame.unit) if frame.unit else NOTHING


def ms_text(ms: float | None) -> str:
    """A silence or a response time."""
    return NOTHING if ms is None else f"{ms:.1f}" if ms < 1000 else f"{ms:.0f}"
