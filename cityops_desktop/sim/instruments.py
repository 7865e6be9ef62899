"""What each kind of device shows of the physics, by the registers that its maker documents. Writes nothing."""

from random import Random

from cityops_desktop.model.points import Group, Kind, Point
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.sim import electrics
from cityops_desktop.sim.electrics import Shows
from cityops_desktop.sim.faults import FaultKind
from cityops_desktop.sim.layout import COOLER, GENERATOR, UPS
from cityops_desktop.sim.physics import Physics
from cityops_desktop.sim.registers import source_of

CONTACTS = "waveshare-8ch"
CAMERAS = 12
BESIDE = ("th-duty", "th-battery")
"""Sensors outside the machine room."""
LOW_GAS = "contacts-2.input_2"
LOW_MPA = 3.8
"""At which the pressure switches of the cylinders open."""


def shows(device: Device, point: Point, room: Room, physics: Physics) -> Shows | None:
    """What this point of this device shows; None when nothing here knows it.

    Which rack, aisle or feeder a device sits at is read from `rack` and from its id, as resources/rooms/demo.yaml writes them.
    """
    match device.profile:
        case p if p == UPS:
            return electrics.ups(device, point, physics)
        case p if p == COOLER:
            return _cooler(device, point, physics)
        case p if p == GENERATOR:
            return electrics.diesel_set(point, physics)
        case "demo-ats":
            return electrics.transfer_switch(point, physics)
        case "demo-battery-string":
            return electrics.battery(device, point, physics)
        case "eastron-sdm630":
            return electrics.meter(device, point, room, physics)
        case "demo-outlet-pdu" | "clever-pdu" | "clever-pdu-single-phase":
            return electrics.rack_pdu(device, point, room, physics)
        case "demo-fresh-air":
            return _fresh_air(device, point, physics)
        case "demo-video-recorder" if source_of(point).address == 0:
            return (lambda: CAMERAS - physics.faults.amount(FaultKind.CAMERA_OFFLINE, device.id)), 0.0
        case "demo-video-recorder" | "demo-access-controller":
            return _health(point)
        case p if p == CONTACTS:
            return _contact(point, physics)
    if device.group is Group.LEAK_DETECTION:
        return _leak(device, point, physics)
    if device.group is Group.FIRE_PROTECTION and point.unit in ("MPa", "mA", "bar"):
        return _cylinder(point, physics)
    if point.unit in ("°C", "%", "%RH"):
        return _air(device, point, physics)
    return None


def quiet_state(point: Point) -> int:
    """The state of a digital point that is no alarm."""
    alarms = alarm_states(point)
    return next((state for state in (0, 1, *point.states) if state not in alarms), 0)


def alarm_states(point: Point) -> tuple[int, ...]:
    """The states that break a limit of the point."""
    return tuple(state for limit in point.limits for state in limit.states)


def _air(device: Device, point: Point, physics: Physics) -> Shows:
    """A temperature and humidity sensor: at a rack's front or (id ends in -out) back, in supply air (…-supply), or in the room."""
    rack = physics.racks.get(device.rack or "")
    cooler = physics.air.coolers.get(device.id.removesuffix("-supply"))
    height = device.place.z if device.place is not None else 1.1

    def temperature() -> float:
        if rack:
            return rack.outlet_at(height) if device.id.endswith("-out") else rack.inlet_at(height)
        if device.id in BESIDE:
            return physics.quiet_air
        return cooler.supply if cooler else physics.room

    if point.unit == "°C":
        return temperature, 0.04
    return lambda: physics.humidity(temperature()), 0.12


def _leak(device: Device, point: Point, physics: Physics) -> Shows | None:
    """A detector's contact (address 0) and, for a rope, the metres to the wet place; a rope has its break contact elsewhere."""
    if point.unit == "m" and "distance" in point.key:
        return lambda: round(physics.faults.amount(FaultKind.LEAK, device.id), 1), 0.0
    if source_of(point).address == 0:
        return lambda: int(physics.faults.has(FaultKind.LEAK, device.id)), 0.0
    return None


def _cylinder(point: Point, physics: Physics) -> Shows:
    """A 4-20 mA transmitter of 0 to 10 MPa on a cylinder; cylinders were not filled to the same hair."""
    filled = 1 + Random(point.key).uniform(0, 0.015)
    scale = {"MPa": 1.0, "bar": 10.0}.get(point.unit)
    if scale is None:
        return lambda: 4 + 1.6 * physics.cylinder_pressure(point.key) * filled, 0.002
    factor = scale * filled
    return lambda: physics.cylinder_pressure(point.key) * factor, 0.002 * scale


def _cooler(device: Device, point: Point, physics: Physics) -> Shows | None:
    """DataMate3000: return air 0 and 1, head pressure 2, alarm bits 7 to 9, running bits in 10 (fan, cooling).

    Its controller hangs on a UPS and answers when the unit itself has no power."""
    state, source = physics.air.coolers[device.id], source_of(point)
    if source.bit is not None:
        match source.address, source.bit:
            case 10, 0:
                return (lambda: int(state.runs)), 0.0
            case 10, 1:
                return (lambda: int(state.cools)), 0.0
            case 8, 13:
                return (lambda: int(state.fed <= 0)), 0.0
            case (9, 4) | (7, 9):
                return (lambda: int(physics.faults.has(FaultKind.AIR_CONDITIONER_FAILS, device.id))), 0.0
        return (lambda: 0), 0.0
    table: dict[int, Shows] = {
        0: (lambda: state.back, 0.04),
        1: (lambda: physics.humidity(state.back), 0.12),
        2: (lambda: state.pressure, 0.06),
    }
    return table.get(source.address)


def _fresh_air(device: Device, point: Point, physics: Physics) -> Shows | None:
    """The demo's own register map (resources/rooms/profiles/demo-fresh-air.yaml). It has its power from the line."""

    def runs() -> bool:
        return physics.supply.live and not physics.faults.has(FaultKind.FRESH_AIR_FAILS, device.id)

    table: dict[int, Shows] = {
        0: (lambda: 2 if physics.faults.has(FaultKind.FRESH_AIR_FAILS, device.id) else int(physics.supply.live), 0.0),
        1: (lambda: 70.0 if runs() else 0.0, 0.0),
        2: (lambda: 22.0 + 0.5 * physics.day, 0.04),
        3: (lambda: 92.0 if runs() else 0.0, 0.6),
        4: (lambda: 850.0 if runs() else 0.0, 2.0),
    }
    got = table.get(source_of(point).address)
    if got is None or point.kind is not Kind.ANALOG or point.unit == "°C":
        return got
    measure, noise = got
    return (lambda: max(0.0, float(measure() or 0))), noise if noise < 1 else 0.0


def _contact(point: Point, physics: Physics) -> Shows:
    """A dry contact: quiet, or as a person's fault or another device's state moves it."""
    quiet = quiet_state(point)
    moved = next((state for state in (*alarm_states(point), *point.states, 1 - quiet) if state != quiet), quiet)
    faults = physics.faults

    def state() -> int:
        if faults.has(FaultKind.DOOR_OPEN, point.key) or faults.has(FaultKind.FIRE_CONTACT, point.key):
            return moved
        if point.group is Group.FRESH_AIR and faults.any(FaultKind.FRESH_AIR_FAILS):
            return moved
        if point.key == LOW_GAS and any(physics.cylinder_pressure(fault.subject) < LOW_MPA for fault in faults.active(FaultKind.GAS_LOSS)):
            return moved
        return quiet

    return state, 0.0


_HEALTH = {
    "battery_voltage": 13.6,
    "readers": 6.0,
    "events": 20418,
    "disk_used": 81.0,
    "kept": 93.0,
    "temperature": 38.0,
}


def _health(point: Point) -> Shows | None:
    """Figures of the access controller and of the video recorder that stay as they are."""
    value = _HEALTH.get(point.key.rpartition(".")[2])
    return None if value is None else ((lambda: value), 0.0)
