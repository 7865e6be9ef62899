"""The simulated equipment as a whole: physics, story and held values, written into register tables once a step. No wire."""

from collections.abc import Callable
from typing import Protocol, cast

from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Value
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.sim.electrics import Shows
from cityops_desktop.sim.faults import Fault, FaultKind
from cityops_desktop.sim.instruments import quiet_state, shows
from cityops_desktop.sim.layout import layout_of
from cityops_desktop.sim.physics import Physics
from cityops_desktop.sim.registers import Source, Unit, source_of
from cityops_desktop.sim.story import Story, story_of


class _DeviceOptions(Protocol):
    @property
    def address(self) -> int: ...
    @property
    def readable(self) -> list[tuple[str, int, int]] | None: ...


class _Slot:
    """One point: where it lies and what it measures."""

    __slots__ = ("measure", "noise", "point", "source", "unit", "unsigned")

    def __init__(self, point: Point, unit: Unit, measure: Callable[[], Value], noise: float) -> None:
        self.point, self.unit, self.measure, self.noise = point, unit, measure, noise
        self.source: Source = source_of(point)
        self.unsigned = (self.source.type or "uint16").startswith("uint") and self.source.offset == 0

    def shown(self, gauss: Callable[[float, float], float]) -> Value:
        """What it shows now. An instrument without voltage shows 0, and no noise makes an unsigned register negative."""
        value = self.measure()
        if not self.noise or not isinstance(value, float) or value == 0:
            return value
        noisy = value + gauss(0, self.noise)
        return max(0.0, noisy) if self.unsigned and value >= 0 else noisy


class Plant:
    """All units of a room. `units[bus id]` is what a server of that bus shows; `physics.faults` is what is wrong."""

    def __init__(self, room: Room, seed: int = 1, story: Story | None = None) -> None:
        self.room = room
        self.physics = Physics(layout_of(room), seed)
        self.playing = True
        """Shall the story be played? It pauses while a fault of a person's is active."""
        self._story = story if story is not None else story_of(room)
        self._slots: dict[str, _Slot] = {}
        self._held: set[str] = set()
        self._devices: dict[tuple[str, int], str] = {}
        self.units: dict[str, list[Unit]] = {bus.id: [] for bus in room.buses}
        for device in room.devices:
            self._add(device, room)
        self._write()

    def _add(self, device: Device, room: Room) -> None:
        options = cast(_DeviceOptions, device.options)
        unit = Unit(options.address, device.points, options.readable or ())
        self.units[device.bus].append(unit)
        self._devices[device.bus, options.address] = device.id
        for point in device.points:
            measure, noise = _relay(point, unit) or shows(device, point, room, self.physics) or (_steady(point, unit), 0.0)
            self._slots[point.key] = _Slot(point, unit, measure, noise if point.kind is Kind.ANALOG else 0.0)

    def step(self, dt: float) -> None:
        """Move the room by dt seconds and write what every instrument shows then."""
        faults = self.physics.faults
        faults.play(self._story.at(self.physics.time) if self.playing and not faults.ordered else ())
        self.physics.step(dt)
        self._write()

    def _write(self) -> None:
        gauss = self.physics.random.gauss
        frozen = {fault.subject for fault in self.physics.faults.active(FaultKind.FROZEN_SENSOR)}
        for key, slot in self._slots.items():
            if key not in self._held and slot.point.device not in frozen:
                slot.unit.put(slot.source, slot.shown(gauss))

    def hold(self, key: str, value: Value) -> None:
        """Put this value into the point's registers now and keep it there. KeyError, ValueError when it does not fit."""
        slot = self._slots[key]
        slot.unit.put(slot.source, value)
        self._held.add(key)

    def release(self, key: str) -> None:
        """Let the physics have the point again, from the next step on. KeyError."""
        self._held.discard(self._slots[key].point.key)

    def fault_of(self, kind: FaultKind, bus: str, address: int) -> Fault | None:
        """The fault of this kind on the device that has this address on this bus, if there is one."""
        device = self._devices.get((bus, address))
        return next((fault for fault in self.physics.faults.active(kind) if fault.subject == device), None)


def _relay(point: Point, unit: Unit) -> Shows | None:
    """A relay stays as the master last switched it."""
    source = source_of(point)
    return (lambda: unit.stands(source.address), 0.0) if unit.is_relay(source) else None


def _steady(point: Point, unit: Unit) -> Callable[[], Value]:
    """The value of a point that no instrument of ours knows: the quiet one of its normal band or span, if it fits, else 0."""
    if point.kind is Kind.TEXT:
        return lambda: "SIM"
    if point.kind is Kind.DIGITAL:
        quiet = quiet_state(point)
        return lambda: quiet
    band = point.normal or point.span or (0.0, 0.0)
    middle = sum(band) / 2
    try:
        unit.put(source_of(point), middle)
    except ValueError:
        return lambda: 0
    return lambda: middle
