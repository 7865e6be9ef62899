"""What a station answers about the devices of the made room: registers, raw values, counters; and a link that answers by hand."""

from collections.abc import Callable

from cityops_desktop.link.messages import (
    BusDetail,
    CountersInfo,
    DeviceCountersInfo,
    DeviceDetail,
    LiveInfo,
    PointDetail,
    PointInfo,
    RegisterInfo,
)
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality
from ui.models.room import RoomModel


def point_detail(point: PointInfo, live: LiveInfo, number: int, **more: object) -> PointDetail:
    """Registers one after the other; the raw value that the value came from."""
    digital = point.kind is Kind.DIGITAL
    raw = None if live.value is None else round(float(live.value) * (1 if digital else 10)) & 0xFFFF
    source = RegisterInfo(
        table="holding" if digital else "input",
        address=number,
        notation=f"{4 if digital else 3}{number + 1:04d}",
        function=3 if digital else 4,
        type="uint16" if digital else "int16",
        width=1,
        scale=1 if digital else 0.1,
        invalid=[] if digital else [0x7FFF],
    )
    told: dict[str, object] = {"raw": None if raw is None else f"{raw:04x}", "count": raw, "resolution": 0.1, "source": source}
    return PointDetail.model_validate({"point": point, "live": live, **told, **more})


def device_detail(model: RoomModel, id: str, **more: object) -> DeviceDetail:
    """All of a device of this model's room."""
    device = model.devices[id]
    bus = model.buses[device.bus]
    state = next((one for one in model.station.buses if one.id == bus.id), None) if model.station else None
    points = [point for point in model.points.values() if point.device == id]
    told: dict[str, object] = {
        "now": model.now(),
        "device": device,
        "settings": {"address": 3, "timeout": 0.5, "gap": 0, "max_registers": 64, "max_bits": 2000},
        "silent": False,
        "bus": BusDetail(
            info=bus,
            settings={"port": bus.resource, "baudrate": 9600, "parity": "N", "stopbits": 1, "timeout": 0.5},
            state=state.state if state else "up",
            reason=state.reason if state else None,
            load=0.42,
            missed=3,
            counters=CountersInfo(requests=1234567, good=1234500, timeouts=60, crc_errors=7),
            devices=7,
            silent_devices=[],
        ),
        "counters": DeviceCountersInfo(
            requests=176367,
            good=176300,
            timeouts=60,
            crc_errors=5,
            late_replies=2,
            last_answer=model.now() - 1000,
            last_seconds=0.023,
            longest_seconds=0.311,
        ),
        "points": [
            point_detail(point, model.live.get(point.key, LiveInfo(key=point.key, value=None, quality=Quality.BAD, time=0)), 10 + n)
            for n, point in enumerate(points)
        ],
    }
    return DeviceDetail.model_validate(told | more)


class Answers:
    """A link that is asked for devices: answers at once, or when it is told to."""

    def __init__(self, model: RoomModel) -> None:
        self.model = model
        self.asked: list[str] = []
        self.waiting: list[tuple[str, Callable[[DeviceDetail | None], None]]] = []
        self.at_once = True
        self.dead = False

    def device(self, id: str, callback: Callable[[DeviceDetail | None], None]) -> None:
        """As ui.link.Link.device."""
        self.asked.append(id)
        if self.at_once:
            callback(None if self.dead else device_detail(self.model, id))
        else:
            self.waiting.append((id, callback))

    def answer(self, **more: object) -> None:
        """The oldest question gets its answer."""
        id, callback = self.waiting.pop(0)
        callback(None if self.dead else device_detail(self.model, id, **more))
