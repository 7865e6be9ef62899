"""What a station answers about the wires of the made room, and a link that answers from it."""

from collections.abc import Callable
from typing import Any

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import BusDetail, CountersInfo, DeviceCountersInfo
from cityops_desktop.link.wires import BusPlan, FrameInfo, PlannedDevice, PlannedRequest, TraceInfo, WireDetail, WireDevice, WiresInfo
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import FrameRole
from tests.ui.rooms import NOW
from ui.models.room import RoomModel


def wire(model: RoomModel, bus: str) -> WireDetail:
    """line3 is lost, line2 has a silent device and is asked too much."""
    devices = [device.id for device in model.devices.values() if device.bus == bus]
    down, silent = bus == "line3", devices[:1] if bus == "line2" else []
    return WireDetail(
        bus=BusDetail(
            info=model.buses[bus],
            settings={"port": "/dev/ttyUSB0", "baudrate": 9600, "parity": "N", "stopbits": 1, "timeout": 0.5},
            state="down" if down else "up",
            reason=Reason.NO_PORT if down else None,
            load=1.24 if bus == "line2" else 0.42,
            missed=3,
            counters=CountersInfo(requests=1234567, good=1234500, timeouts=60, crc_errors=7),
            devices=len(devices),
            silent_devices=silent,
        ),
        cycle=0.857,
        newest=5,
        devices=[WireDevice(id=id, silent=id in silent, counters=counters(n)) for n, id in enumerate(devices)],
    )


def counters(number: int) -> DeviceCountersInfo:
    if number == 1:
        return DeviceCountersInfo()
    durations = {"last_seconds": 0.02, "longest_seconds": 0.3, "p50_seconds": 0.021, "p99_seconds": 0.3}
    return DeviceCountersInfo(requests=176367, good=176300, timeouts=60, last_answer=NOW, **durations)


def plan(model: RoomModel, bus: str) -> BusPlan:
    """Two questions a device."""
    devices = [device.id for device in model.devices.values() if device.bus == bus]
    points = {id: [point.key for point in model.points.values() if point.device == id] for id in devices}
    words: dict[str, Any] = {"words": "read {table} {first} to {last}", "params": {"table": "holding registers", "first": 0, "last": 124}}
    costs = {"sent": 8, "received": 255, "seconds": 0.04}
    requests = [
        PlannedRequest(device=id, points=points[id][n::2], period=1.0 + 4 * n, load=0.04 / (1 + 4 * n), **costs, **words)
        for id in devices
        for n in range(2)
    ]
    load = sum(one.load for one in requests)
    price: dict[str, Any] = {"requests": 2, "points": 4, "seconds": 0.08, "load": 0.048, "turnaround": 0.012, "verdict": "easy"}
    planned = [
        PlannedDevice(id=id, busy=0.1 if n else 1.5, missing=[] if n else ["holding 13"], one_more=load + 0.048, **price)
        for n, id in enumerate(devices)
    ]
    times = {"one_per_point": 4.2, "adjacent": 1.7, "gap_50": 1.02}
    return BusPlan(bus=bus, now=NOW, requests=requests, devices=planned, cycle=0.857, load=load, verdict="easy", times=times)


def frame(number: int, **more: Any) -> FrameInfo:
    """A question, or (even numbers) its answer."""
    asked = number % 2 == 1
    told: dict[str, Any] = {
        "number": number,
        "time": NOW + 20 * number,
        "sent": asked,
        "role": FrameRole.REQUEST if asked else FrameRole.REPLY,
        "words": "read {table} {first} to {last}" if asked else "reply, {n} registers",
        "params": {"table": "holding registers", "first": 0, "last": 27} if asked else {"n": 28},
        "unit": "3",
        "checksum": True,
        "hex": "03030000001c443f" if asked else "030338" + "00" * 58,
        "size": 8 if asked else 61,
        "gap_ms": 4.2,
        "response_ms": None if asked else 21.4,
    }
    return FrameInfo.model_validate(told | more)


DAMAGED = {"role": FrameRole.NOISE, "words": "damaged reply: {n} of {all} bytes", "params": {"n": 30, "all": 61}, "checksum": False}
EXCEPTION = {"role": FrameRole.EXCEPTION, "words": "exception {code} ({why})", "params": {"code": 2, "why": "illegal address"}}


class Wires:
    """A link that is asked about wires; `frames` go over whichever line is looked at. `refuse` = no answers."""

    def __init__(self, model: RoomModel) -> None:
        self.model = model
        self.asked: list[str] = []
        self.frames: list[FrameInfo] = []
        self.refuse = False
        self.held: list[Callable[[], None]] | None = None
        self.portion = 400

    def ask(self, path: str, kind: object, callback: Callable[[Any], None], query: dict[str, Any] | None = None) -> None:
        """As ui.link.Link.ask."""
        self.asked.append(path)
        answer = CommandResult(id="", outcome=Outcome.UNKNOWN, code="no_answer") if self.refuse else self._answer(path, query or {})
        if self.held is None:
            callback(answer)
        else:
            self.held.append(lambda: callback(answer))

    def _answer(self, path: str, query: dict[str, Any]) -> WiresInfo | BusPlan | TraceInfo:
        if path == "/api/v1/buses":
            return WiresInfo(now=NOW, wires=[wire(self.model, bus) for bus in self.model.buses])
        bus, what = path.removeprefix("/api/v1/buses/").split("/")
        if what == "plan":
            return plan(self.model, bus)
        after = query.get("after")
        later = [one for one in self.frames if after is None or one.number > after]
        told = later[-self.portion :] if after is None else later[: self.portion]
        newest = told[-1].number if told else after or 0
        return TraceInfo(bus=bus, now=NOW, frames=told, next=newest, more=after is not None and len(told) < len(later))
