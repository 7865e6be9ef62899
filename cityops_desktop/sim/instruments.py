"""What each kind of device shows of the physics, by the registers that its maker documents. Writes nothing."""

from collections.abc import Callable
from random import Random

from cityops_desktop.model.points import Group, Point
from cityops_desktop.model.readings import Value
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.sim.faults import FaultKind
from cityops_desktop.sim.physics import POWER_FACTOR, UPS_KVA, Physics, RackState
from cityops_desktop.sim.registers import source_of

Measure = Callable[[], Value]
Shows = tuple[Measure, float]
"""What a point measures and the standard deviation of its noise, both in the point's unit."""


def shows(device: Device, point: Point, room: Room, physics: Physics) -> Shows | None:
    """What this point of this device shows; None when nothing here knows it.

    Which rack, aisle or feeder a device sits at is read from `rack` and from its id, as resources/rooms/demo.yaml writes them.
    """
    if device.profile == "huawei-ups2000":
        return _ups(device, point, physics)
    if device.profile == "datamate3000":
        return _cooler(device, point, physics)
    if device.profile == "eastron-sdm630":
        return _meter(device, point, room, physics)
    if device.profile.startswith("clever-pdu"):
        return _rack_pdu(device, point, physics)
    if device.group is Group.LEAK_DETECTION:
        return _leak(device, point, physics)
    if device.group is Group.FIRE_PROTECTION and point.unit in ("MPa", "mA", "bar"):
        return _cylinder(point, physics)
    if point.unit in ("°C", "%", "%RH"):
        return _air(device, point, physics)
    return None


def _air(device: Device, point: Point, physics: Physics) -> Shows:
    """A temperature and humidity sensor: at a rack's front or (id ends in -out) back, in supply air (…-supply), or in the room."""
    rack = physics.racks.get(device.rack or "")
    cooler = physics.coolers.get(device.id.removesuffix("-supply"))

    def temperature() -> float:
        if rack:
            return rack.outlet if device.id.endswith("-out") else rack.inlet
        return cooler.supply if cooler else physics.room

    if point.unit == "°C":
        return temperature, 0.04
    return lambda: physics.humidity(temperature()), 0.12


def _leak(device: Device, point: Point, physics: Physics) -> Shows | None:
    """A detector's contact (address 0) and, for a rope, the metres to the wet place; a rope has its break contact elsewhere."""
    if point.unit == "m" and "distance" in point.key:
        return lambda: round(physics.faults.amount(FaultKind.WET_LEAK, device.id), 1), 0.0
    if source_of(point).address == 0:
        return lambda: int(physics.faults.has(FaultKind.WET_LEAK, device.id)), 0.0
    return None


def _cylinder(point: Point, physics: Physics) -> Shows:
    """A 4-20 mA transmitter of 0 to 10 MPa on a cylinder; cylinders were not filled to the same hair."""
    filled = 1 + Random(point.key).uniform(0, 0.015)
    scale = {"MPa": 1.0, "bar": 10.0}.get(point.unit)
    if scale is None:
        return lambda: 4 + 1.6 * physics.cylinder_pressure * filled, 0.002
    factor = scale * filled
    return lambda: physics.cylinder_pressure * factor, 0.002 * scale


def _cooler(device: Device, point: Point, physics: Physics) -> Shows | None:
    """DataMate3000: return air 0 and 1, head pressure 2, running bits in 10 (fan, cooling)."""
    state, source = physics.coolers[device.id], source_of(point)
    if source.bit is not None:
        return (lambda: int(source.address == 10 and source.bit in (0, 1))), 0.0
    table: dict[int, Shows] = {
        0: (lambda: state.back, 0.04),
        1: (lambda: physics.humidity(state.back), 0.12),
        2: (lambda: state.pressure, 0.06),
    }
    return table.get(source.address)


def _ups(device: Device, point: Point, physics: Physics) -> Shows | None:
    """UPS2000: register n of the manual is protocol address 10000 + n."""
    ups, source = physics.upses[device.id], source_of(point)
    register = source.address - 10000

    def volts() -> float:
        return 220.0 + ups.output_volts.value

    table: dict[int, Shows] = {
        1000: (lambda: 0.0 if ups.on_battery else physics.phases[0], 0.06),
        1001: (lambda: 0.0 if ups.on_battery else physics.phases[1], 0.06),
        1002: (lambda: 0.0 if ups.on_battery else physics.phases[2], 0.06),
        1003: (lambda: 0.0 if ups.on_battery else physics.frequency, 0.01),
        1004: (lambda: 0.0 if ups.on_battery else physics.phases[0], 0.06),
        1007: (lambda: 0.0 if ups.on_battery else physics.frequency, 0.01),
        1008: (volts, 0.06),
        1011: (lambda: 1000 * ups.load / POWER_FACTOR / volts(), 0.06),
        1014: (lambda: 50.0 if ups.on_battery else physics.frequency, 0.01),
        1015: (lambda: ups.load, 0.02),
        1018: (lambda: ups.load / POWER_FACTOR, 0.02),
        1021: (lambda: ups.percent, 0.08),
        1024: (lambda: 3 if ups.on_battery else 2, 0.0),
        1027: (lambda: ups.temperature, 0.05),
        2000: (lambda: ups.volts, 0.05),
        2002: (lambda: 5 if ups.on_battery else 4 if ups.charging else 3, 0.0),
        2003: (lambda: float(round(ups.charge)), 0.0),
        2004: (lambda: float(round(ups.runtime / 60) * 60), 0.0),
        2007: (lambda: 1.0, 0.0),
        2033: (lambda: 65.0, 0.0),
        9009: (lambda: UPS_KVA, 0.0),
    }
    if source.bit is not None:
        return (lambda: 0), 0.0
    return table.get(register)


class _Feeder:
    """What a meter measures: kW and kWh of the mains, of a UPS's input, of a row or of the air conditioners (by the meter's id)."""

    def __init__(self, device: Device, room: Room, physics: Physics) -> None:
        where = device.id.removeprefix("meter-")
        rows = {row.lower(): row for row in {rack.row for rack in room.racks}}
        self.kw: Callable[[], float]
        self.kwh: Callable[[], float]
        if ups := physics.upses.get(where):
            self.kw, self.kwh = lambda: ups.input, lambda: ups.energy
        elif row := rows.get(where.removeprefix("row-")):
            self.kw, self.kwh = lambda: physics.row_load(row), lambda: physics.row_energy(row)
        elif where == "ac":
            coolers = physics.coolers.values()
            self.kw, self.kwh = lambda: physics.cooling_power, lambda: sum(cooler.energy for cooler in coolers)
        else:
            self.kw, self.kwh = lambda: physics.mains_power, lambda: physics.energy
        self.factor = 0.90 if where == "ac" else POWER_FACTOR
        spread = Random(device.id)
        first, second = spread.uniform(0.31, 0.36), spread.uniform(0.31, 0.36)
        self.shares = (first, second, 1 - first - second)


def _meter(device: Device, point: Point, room: Room, physics: Physics) -> Shows | None:
    """SDM630: three phases of voltage, current, power; totals; frequency; energy."""
    feeder, address = _Feeder(device, room, physics), source_of(point).address
    kilo = 1.0 if point.unit.startswith("k") else 1000.0
    reactive = (1 / feeder.factor**2 - 1) ** 0.5
    per_watt = {12: 1.0, 18: 1 / feeder.factor, 24: reactive}
    totals = {0x34: 1.0, 0x38: 1 / feeder.factor, 0x3C: reactive}
    phase, block = address % 6 // 2, address - address % 6
    if address in totals:
        factor = totals[address]
        return (lambda: feeder.kw() * kilo * factor), 0.0
    if block in per_watt:
        factor = per_watt[block] * feeder.shares[phase]
        return (lambda: feeder.kw() * kilo * factor), 0.0
    if address in (0, 2, 4):
        return (lambda: physics.phases[phase]), 0.08
    if block == 6:
        amps = 1000 * feeder.shares[phase] / feeder.factor
        return (lambda: amps * feeder.kw() / physics.phases[phase]), 0.02
    if block == 30 or address == 0x3E:
        return (lambda: feeder.factor), 0.002
    if address == 0x46:
        return (lambda: physics.frequency), 0.004
    if address in (0x48, 0x156):
        return feeder.kwh, 0.0
    if address in (0xEA, 0xEC, 0xEE):
        return (lambda: 1.8), 0.03
    return None


def _rack_pdu(device: Device, point: Point, physics: Physics) -> Shows | None:
    """CLEVER: ten registers a phase from 101 on; a rack here hangs on the first phase."""
    rack, address = physics.racks.get(device.rack or ""), source_of(point).address
    if rack is None:
        return None
    if 1951 <= address <= 1958:
        return ((lambda: rack.inlet), 0.04) if address < 1955 else ((lambda: physics.humidity(rack.inlet)), 0.12)
    if not 101 <= address < 131 or source_of(point).table != "holding":
        return None
    return _pdu_phase(point, (address - 101) % 10, (address - 101) // 10, rack, physics)


def _pdu_phase(point: Point, register: int, phase: int, rack: RackState, physics: Physics) -> Shows | None:
    share = 1.0 if phase == 0 else 0.0
    kilo = 0.001 if point.unit.startswith("k") else 1.0
    watts = 1000 * kilo * share
    table: dict[int, Shows] = {
        0: (lambda: physics.phases[phase], 0.06),
        1: (lambda: 1000 * share * rack.load / POWER_FACTOR / physics.phases[phase], 0.008),
        2: (lambda: watts * rack.load, 0.0),
        3: (lambda: watts * rack.load / POWER_FACTOR, 0.0),
        4: (lambda: POWER_FACTOR, 0.003),
        5: (lambda: share * rack.energy, 0.0),
        7: (lambda: watts * rack.load * 0.25, 0.0),
        8: (lambda: 3**0.5 * physics.phases[phase], 0.1),
    }
    return table.get(register)
