"""What devices of the power chain show of the physics: meters, UPS, batteries, rack PDUs, transfer switch, diesel set. Writes nothing."""

from collections.abc import Callable, Mapping
from random import Random

from cityops_desktop.model.points import Point
from cityops_desktop.model.power import PowerKind
from cityops_desktop.model.readings import Value
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.sim.air import RackState
from cityops_desktop.sim.layout import ups_behind
from cityops_desktop.sim.physics import POWER_FACTOR, Physics
from cityops_desktop.sim.registers import source_of
from cityops_desktop.sim.supply import Generator, SetState
from cityops_desktop.sim.ups import STRING_AH, STRINGS, UPS_KVA, UpsState

Measure = Callable[[], Value]
Shows = tuple[Measure, float]
"""What a point measures and the standard deviation of its noise, both in the point's unit."""

NOMINAL_RPM = 1500
LOW_CHARGE = 20.0
"""Percent under which a UPS calls its battery low."""

LOW_BATTERY = (11043, 6)
"""Register and bit of the UPS2000 for a battery that is nearly empty."""


def ups(device: Device, point: Point, physics: Physics) -> Shows | None:
    """UPS2000: register n of the manual is protocol address 10000 + n."""
    state, source = physics.upses[device.id], source_of(point)
    if source.bit is not None:
        return _ups_bit(source.address, source.bit, state)

    def fed(value: Callable[[], float]) -> Callable[[], float]:
        return lambda: 0.0 if state.on_battery or not physics.supply.live else value()

    def hertz() -> float:
        return (50.0 if state.on_battery else physics.frequency) if state.output else 0.0

    def amps() -> float:
        return 1000 * state.load / POWER_FACTOR / state.out_volts if state.output else 0.0

    table: dict[int, Shows] = {
        1000: (fed(lambda: physics.phases[0]), 0.06),
        1001: (fed(lambda: physics.phases[1]), 0.06),
        1002: (fed(lambda: physics.phases[2]), 0.06),
        1003: (fed(lambda: physics.frequency), 0.01),
        1004: (fed(lambda: physics.phases[0]), 0.06),
        1007: (fed(lambda: physics.frequency), 0.01),
        1008: (lambda: state.out_volts, 0.06),
        1011: (amps, 0.06),
        1014: (hertz, 0.01),
        1015: (lambda: state.load, 0.02),
        1018: (lambda: state.load / POWER_FACTOR, 0.02),
        1021: (lambda: state.percent, 0.08),
        1024: (lambda: (3 if state.on_battery else 2) if state.output else 0, 0.0),
        1027: (lambda: state.temperature, 0.05),
        2000: (lambda: state.volts, 0.05),
        2002: (lambda: 5 if state.on_battery else 4 if state.charging else 3, 0.0),
        2003: (lambda: float(round(state.charge)), 0.0),
        2004: (lambda: float(round(state.runtime / 60) * 60), 0.0),
        2007: (lambda: float(STRINGS), 0.0),
        2033: (lambda: STRINGS * STRING_AH, 0.0),
        9009: (lambda: UPS_KVA, 0.0),
    }
    return table.get(source.address - 10000)


def _ups_bit(address: int, bit: int, state: UpsState) -> Shows:
    if (address, bit) == LOW_BATTERY:
        return (lambda: int(state.on_battery and state.charge < LOW_CHARGE)), 0.0
    return (lambda: 0), 0.0


def battery(device: Device, point: Point, physics: Physics) -> Shows | None:
    """A string monitor; its id ends in the number of the UPS and of the string: battery-1-2."""
    number, _, string = device.id.removeprefix("battery-").partition("-")
    state = physics.upses.get(f"ups{number}")
    if state is None or string not in ("1", "2"):
        return None
    which, address = int(string), source_of(point).address
    if address >= 3:
        return (lambda: state.block_volts(which, address - 2)), 0.002
    table: Mapping[int, Shows] = {
        0: (lambda: state.volts, 0.05),
        1: (lambda: state.string_amps(which), 0.0),
        2: (lambda: state.battery_temperature, 0.03),
    }
    return table[address]


class _Feeder:
    """What a meter measures: kW, kWh, voltages and frequency of the mains, of a UPS's input, of a panel or of the air conditioners."""

    def __init__(self, device: Device, room: Room, physics: Physics) -> None:
        nodes = {node.id: node for node in room.power}
        node = next((node for node in room.power if node.device == device.id and node.kind is PowerKind.PANEL), None)
        behind = physics.upses.get(ups_behind(node.id, nodes, tuple(physics.upses))) if node else None
        where = physics.upses.get(device.id.removeprefix("meter-"))
        self.factor = POWER_FACTOR
        self.kw: Callable[[], float]
        self.kwh: Callable[[], float]
        self.volts: Callable[[], tuple[float, ...]] = lambda: physics.phases
        self.hertz: Callable[[], float] = lambda: physics.frequency
        if where is not None:
            self.kw, self.kwh = lambda: where.input, lambda: where.energy
        elif behind is not None:
            self.kw, self.kwh = lambda: behind.load, lambda: behind.given
            self.volts = lambda: (behind.out_volts,) * 3
            self.hertz = lambda: (50.0 if behind.on_battery else physics.frequency) if behind.output else 0.0
        elif device.id == "meter-ac":
            self.kw, self.kwh = lambda: physics.air.power, lambda: sum(cooler.energy for cooler in physics.air.coolers.values())
            self.factor = 0.90
        else:
            self.kw, self.kwh = lambda: physics.supply.power, lambda: physics.supply.energy
            self.volts, self.hertz = lambda: physics.mains_phases, lambda: physics.mains_frequency
        spread = Random(device.id)
        first, second = spread.uniform(0.31, 0.36), spread.uniform(0.31, 0.36)
        self.shares = (first, second, 1 - first - second)

    def amps(self, phase: int) -> float:
        """Amperes of a phase."""
        volts = self.volts()[phase]
        return 1000 * self.shares[phase] / self.factor * self.kw() / volts if volts > 1 else 0.0


def meter(device: Device, point: Point, room: Room, physics: Physics) -> Shows | None:
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
        return (lambda: feeder.volts()[phase]), 0.08
    if block == 6:
        return (lambda: feeder.amps(phase)), 0.02
    if block == 30 or address == 0x3E:
        return (lambda: feeder.factor), 0.002
    if address == 0x46:
        return feeder.hertz, 0.004
    if address in (0x48, 0x156):
        return feeder.kwh, 0.0
    if address in (0xEA, 0xEC, 0xEE):
        return (lambda: 1.8), 0.03
    return None


def rack_pdu(device: Device, point: Point, room: Room, physics: Physics) -> Shows | None:
    """CLEVER: ten registers a phase from 101 on; a rack here hangs on the first phase. The demo's metered outlets follow from 201 on."""
    rack, address = physics.racks.get(device.rack or ""), source_of(point).address
    if rack is None:
        return None
    if 1951 <= address <= 1958:
        return ((lambda: rack.inlet), 0.04) if address < 1955 else ((lambda: physics.humidity(rack.inlet)), 0.12)
    side, feed = _side(device, room, rack)
    if device.profile == "demo-outlet-pdu" and address > 200:
        share = _outlets(device)[point.key]
        return (lambda: 1000 * share * rack.draws[side]), 0.0
    if not 101 <= address < 131 or source_of(point).table != "holding":
        return None
    return _pdu_phase(point, (address - 101) % 10, (address - 101) // 10, rack, side, feed, physics)


def _side(device: Device, room: Room, rack: RackState) -> tuple[str, str]:
    """The side of the rack's feeds on which this PDU hangs, and the UPS behind it."""
    feeds = next(other.feeds for other in room.racks if other.id == rack.id)
    for feed in feeds:
        if any(key.startswith(f"{device.id}.") for key in feed.power):
            return next(((side, ups) for side, ups in rack.feeds if side == feed.side), rack.feeds[0])
    return rack.feeds[0]


def _outlets(device: Device) -> dict[str, float]:
    """The part of the PDU's load on each outlet; spare ones come last and carry nothing."""
    keys = [point.key for point in device.points if source_of(point).address > 200]
    spare = 1 if device.id.endswith("-b") else 0
    used = Random(device.rack)
    weights = [used.uniform(0.6, 1.4) for _ in keys]
    if spare:
        weights[-spare:] = [0.0] * spare
    else:
        weights[-1] = 0.15
    return {key: weight / sum(weights) for key, weight in zip(keys, weights, strict=True)}


def _pdu_phase(point: Point, register: int, phase: int, rack: RackState, side: str, feed: str, physics: Physics) -> Shows | None:
    share = 1.0 if phase == 0 else 0.0
    kilo = 0.001 if point.unit.startswith("k") else 1.0
    watts = 1000 * kilo * share

    def amps() -> float:
        volts = physics.feed_volts(feed)
        return 1000 * share * rack.draws[side] / POWER_FACTOR / volts if volts > 1 else 0.0

    table: dict[int, Shows] = {
        0: (lambda: physics.feed_volts(feed), 0.06),
        1: (amps, 0.008),
        2: (lambda: watts * rack.draws[side], 0.0),
        3: (lambda: watts * rack.draws[side] / POWER_FACTOR, 0.0),
        4: (lambda: POWER_FACTOR, 0.003),
        5: (lambda: share * rack.energy, 0.0),
        7: (lambda: watts * rack.draws[side] * 0.25, 0.0),
        8: (lambda: 3**0.5 * physics.feed_volts(feed), 0.1),
    }
    return table.get(register)


def transfer_switch(point: Point, physics: Physics) -> Shows | None:
    """The demo's own register map (resources/rooms/profiles/demo-ats.yaml)."""
    supply, source = physics.supply, source_of(point)
    if source.bit is not None:
        bits: dict[int, Measure] = {
            0: lambda: int(supply.mains),
            1: lambda: int(supply.generator is not None and supply.generator.ready),
        }
        return bits.get(source.bit, lambda: 0), 0.0
    phase = (source.address - 2) % 4
    table: dict[int, Shows] = {
        0: (lambda: int(supply.position), 0.0),
        1: (lambda: 1, 0.0),
        5: (lambda: physics.mains_frequency, 0.004),
        9: (lambda: supply.generator.frequency if supply.generator else 0.0, 0.004),
        10: (lambda: supply.transfers, 0.0),
    }
    if source.address in (2, 3, 4):
        return (lambda: physics.mains_phases[phase]), 0.08
    if source.address in (6, 7, 8):
        return (lambda: physics.generator_phases[phase]), 0.08
    return table.get(source.address)


def diesel_set(point: Point, physics: Physics) -> Shows | None:
    """The demo's own register map (resources/rooms/profiles/demo-generator.yaml)."""
    state, source = physics.supply.generator, source_of(point)
    if state is None:
        return None
    if source.bit is not None:
        return (lambda: int(source.bit == 0 and state.state is SetState.FAILED)), 0.0
    phase = (source.address - 2) % 3

    def amps() -> float:
        return 1000 * state.power / 3 / POWER_FACTOR / state.volts if state.volts > 1 else 0.0

    if source.address in (2, 3, 4):
        return (lambda: physics.generator_phases[phase]), 0.08
    if source.address in (5, 6, 7):
        return amps, 0.05
    return _engine(state).get(source.address)


def _engine(state: Generator) -> dict[int, Shows]:
    return {
        0: (lambda: int(state.state), 0.0),
        1: (lambda: 1, 0.0),
        8: (lambda: state.frequency, 0.004),
        9: (lambda: state.power, 0.0),
        10: (lambda: float(round(NOMINAL_RPM * state.frequency / 50 if state.level else 180 if state.cranks else 0)), 0.0),
        11: (lambda: state.oil, 0.0),
        12: (lambda: state.coolant, 0.03),
        13: (lambda: state.battery, 0.02),
        14: (lambda: state.fuel, 0.0),
        15: (lambda: state.hours, 0.0),
        17: (lambda: state.energy, 0.0),
        20: (lambda: state.starts, 0.0),
    }
