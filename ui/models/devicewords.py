"""Lines, devices, registers and limits in words, as several views say them. Paints nothing."""

from collections.abc import Iterable

from cityops_desktop.link.messages import BusDetail, BusState, DeviceInfo, LimitInfo, PointDetail, PointInfo
from cityops_desktop.model.points import Kind, LimitKind
from cityops_desktop.model.readings import Reason
from cityops_desktop.sentences import bus_reason_text, reason_text
from cityops_desktop.texts import N_, tr
from ui.models.needs import usable
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, figure, span_text, value_text, with_unit

COUNTERS = {
    "requests": N_("Asked"),
    "good": N_("Good"),
    "timeouts": N_("Time-outs"),
    "crc_errors": N_("CRC"),
    "bad_replies": N_("Nonsense"),
    "exceptions": N_("Refused"),
    "late_replies": N_("Late"),
}
SETTINGS = {
    "baudrate": N_("{value} baud"),
    "parity": N_("parity {value}"),
    "stopbits": N_("{value} stop bit(s)"),
    "rs485": N_("RS-485 {value}"),
    "listen": N_("listens {value} s first"),
    "listen_only": N_("listens only, never sends"),
    "latency_timer": N_("adapter holds back {value} ms"),
    "latency_cure": N_("as root: {value}"),
    "timeout": N_("time-out {value} s"),
    "gap": N_("pause {value} s"),
    "max_registers": N_("at most {value} registers at once"),
    "max_bits": N_("at most {value} bits at once"),
    "readable": N_("readable: {value}"),
}
"""The options that are worth a word, in this order; port, host and address are told anyway."""
NOTHING_YET = (None, Reason.WAITING, Reason.LISTENING, Reason.NOT_HEARD)
"""Reasons of points whose device has said nothing so far."""
UNTOLD = {"gap": 0, "max_registers": 125, "max_bits": 2000}
"""What is not told when it is as ever."""


def bus_word(bus: BusState | BusDetail) -> str:
    """How a line does."""
    if bus.state == "down":
        return tr("lost: {reason}", reason=bus_reason_text(bus.reason, bus.detail)) if bus.reason else tr("lost")
    if bus.state == "starting" and bus.reason:
        return reason_text(bus.reason, bus.detail)
    return bus_short(bus)


def bus_short(bus: BusState | BusDetail) -> str:
    """The same in a word."""
    if bus.state == "starting":
        return tr("listening") if bus.reason is Reason.LISTENING else tr("starting")
    return tr("lost") if bus.state == "down" else tr("in order")


def device_word(model: RoomModel, device: DeviceInfo, points: Iterable[str]) -> tuple[str, bool]:
    """How a device with these points does, with how long it has been silent; and is it lost?"""
    if not model.connected:
        return tr("no station"), True
    bus = next((one for one in model.station.buses if one.id == device.bus), None) if model.station else None
    if bus is not None and bus.state == "down":
        return tr("line lost"), True
    if bus is not None and bus.state == "starting":
        return bus_short(bus), True
    points = list(points)
    if bus is not None and device.id in bus.silent_devices:
        since = silent_since(model, points)
        return (tr("silent {age}", age=span_text((model.now() - since) / 1000)) if since is not None else tr("silent")), True
    lives = [model.live.get(point) for point in points]
    if lives and all(live is None or (live.value is None and live.last_time is None and live.reason in NOTHING_YET) for live in lives):
        return tr("no answer yet"), True
    return (tr("waits for admission") if doubted(model, points) else tr("answers")), False


def doubted(model: RoomModel, points: Iterable[str]) -> bool:
    """Are these the points of a device that waits for its admission?"""
    return any(live is not None and live.reason is Reason.NOT_ADMITTED for live in map(model.live.get, points))


def address_text(device: DeviceInfo) -> str:
    """What tells it from its neighbours on the line; "" when it needs nothing."""
    return tr("address {n}", n=device.address) if device.address else ""


def silent_since(model: RoomModel, points: Iterable[str]) -> int | None:
    """The time of the newest usable value of these points; None = there never was one."""
    lives = [live for live in map(model.live.get, points) if live is not None]
    times = [live.time if usable(live) else live.last_time for live in lives]
    return max((time for time in times if time is not None), default=None)


def raw_text(detail: PointDetail | None) -> str:
    """What the wire said: "0x0131", registers of a long value apart, a bit as 0 or 1; "" = nothing."""
    if detail is None or detail.raw is None:
        return ""
    if detail.source.type == "bit":
        return str(int(detail.raw, 16))
    return "0x" + " ".join(detail.raw[at : at + 4] for at in range(0, len(detail.raw), 4)).upper()


def register_text(detail: PointDetail) -> str:
    """The register as manuals write it, with its type and bit: "30011 int16", "40021.3"."""
    source = detail.source
    if source.bit is not None:
        return f"{source.notation}.{source.bit}"
    return f"{source.notation} {source.type}" if source.type != "bit" else source.notation


def limit_sign(point: PointInfo, limit: LimitInfo) -> str:
    """A limit in as few signs as can be: "> 28.0", "= wet"."""
    if limit.kind is LimitKind.STATE:
        return "= " + "/".join(value_text(point, state) for state in limit.states)
    sign = ">" if limit.kind is LimitKind.HIGH else "<"
    return f"{sign} {limit_value(point, limit.value)}"


def limit_value(point: PointInfo, value: float, unit: bool = False) -> str:
    """A limit's figure, finer than the point's resolution where it was written so."""
    text = figure(value, point.decimals)
    exact = text if float(text) == value else f"{value:g}"
    if point.kind is Kind.DIGITAL:
        return with_unit(point, value)
    return f"{exact} {point.unit}".strip() if unit else exact


def milli_text(seconds: float | None) -> str:
    """How long something took."""
    return NOTHING if seconds is None else f"{round(1000 * seconds)} ms"


def settings_text(settings: dict[str, str | int | float]) -> str:
    """The options of a line or a device that are worth a word."""
    known = {key: value for key, value in settings.items() if UNTOLD.get(key) != value}
    if known.get("listen_only"):
        known.pop("listen", None)  # it never speaks, so nothing comes after the listening
    told = {key: f"{value:g}" if isinstance(value, float) else value for key, value in known.items()}
    return " · ".join(tr(words, value=told[key]) for key, words in SETTINGS.items() if key in told)
