"""The room as physics: load heats aisles, air conditioners cool them, feeds carry what racks draw. Pure; knows no device file.

Every figure is a plausible one for a small government machine room, not a measurement. All randomness comes from one seed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from cityops_desktop.sim.faults import FaultKind, Faults

DAY = 86400.0
CELLS = 96
"""Lead-acid cells of a UPS: 16 blocks of 12 V, 216 V on float."""
FLOAT_PER_CELL = 2.25
UPS_KW = 18.0
UPS_KVA = 20.0
BATTERY_KWH = 12.0
UPS_EFFICIENCY = 0.93
POWER_FACTOR = 0.97
COP = 3.0
FAN_KW = 0.8
RETURN_RISE = 14.0
"""Kelvins that return air is warmer than supply air at the load for which the room was built."""


@dataclass(slots=True)
class Wander:
    """A value that strays slowly and comes back (Ornstein-Uhlenbeck): standard deviation `size`, memory `memory` seconds."""

    size: float
    memory: float
    value: float = 0.0

    def step(self, dt: float, random: Random) -> float:
        """Go on by dt seconds, never further than three deviations."""
        keep = math.exp(-dt / self.memory)
        self.value = keep * self.value + self.size * math.sqrt(1 - keep * keep) * random.gauss(0, 1)
        self.value = max(-3 * self.size, min(3 * self.size, self.value))
        return self.value


@dataclass(slots=True)
class RackState:
    """A rack: kW drawn, air in and out in degrees C, energy in kWh. `position` is how much warmer its place in the aisle is."""

    id: str
    row: str
    base: float
    position: float
    wander: Wander
    load: float = 0.0
    inlet: float = 21.5
    outlet: float = 33.0
    energy: float = 0.0


@dataclass(slots=True)
class CoolerState:
    """An air conditioner: supply and return air in degrees C, kW of electricity, energy in kWh, head pressure in bar."""

    id: str
    factor: float
    wander: Wander
    supply: float = 18.0
    back: float = 31.0
    power: float = 2.0
    pressure: float = 16.0
    energy: float = 0.0


@dataclass(slots=True)
class UpsState:
    """A UPS: kW out and in, battery in percent and volts, seconds of runtime, degrees C inside, energy in kWh."""

    id: str
    output_volts: Wander
    load: float = 0.0
    input: float = 0.0
    charge: float = 100.0
    volts: float = CELLS * FLOAT_PER_CELL
    on_battery: bool = False
    temperature: float = 30.0
    energy: float = 0.0

    @property
    def percent(self) -> float:
        """Load in percent of the rated power."""
        return 100 * self.load / UPS_KW

    @property
    def runtime(self) -> float:
        """Seconds that the battery would last at this load."""
        return 3600 * BATTERY_KWH * self.charge / 100 / max(self.load, 0.1)

    @property
    def charging(self) -> bool:
        """Is the battery taking current back?"""
        return not self.on_battery and self.charge < 99.5


class Physics:
    """All state of the room. `step(dt)` moves time; everything else is to be read. Start of day in seconds after midnight."""

    def __init__(
        self,
        racks: Sequence[tuple[str, str]],
        coolers: Sequence[str],
        upses: Sequence[str],
        seed: int = 1,
        start: float = 10 * 3600.0,
    ) -> None:
        self.random = random = Random(seed)
        self.faults = Faults()
        self.time = 0.0
        self._start = start
        self.racks = {
            rack: RackState(rack, row, random.uniform(0.40, 0.85), random.uniform(0, 1.2), Wander(0.03, 900)) for rack, row in racks
        }
        self.coolers = {cooler: CoolerState(cooler, random.uniform(0.97, 1.03), Wander(0.25, 240)) for cooler in coolers}
        self.upses = {ups: UpsState(ups, Wander(0.25, 120)) for ups in upses}
        self._built_for = sum(rack.base for rack in self.racks.values()) / UPS_EFFICIENCY or 1.0
        self._phases = [Wander(1.2, 900) for _ in range(3)]
        self._frequency = Wander(0.012, 60)
        self._dew = Wander(0.25, 3600)
        self.energy = 0.0
        for settled in (3600.0, 60.0, 1.0):
            self.step(settled)
        self._begin()

    def _begin(self) -> None:
        """Counters start with the months that the equipment has already run, the story's time at 0."""
        self.time = 0.0
        for rack in self.racks.values():
            rack.energy = round(rack.base * 4000, 1)
        for cooler in self.coolers.values():
            cooler.energy = 8600.0
        for ups in self.upses.values():
            ups.energy = 34000.0
        self.energy = 118000.0

    @property
    def day(self) -> float:
        """Daily rhythm from -1 (before dawn) to 1 (afternoon)."""
        return math.sin(2 * math.pi * ((self._start + self.time) % DAY - 9 * 3600) / DAY)

    @property
    def phases(self) -> tuple[float, float, float]:
        """Mains voltages L1 to L3."""
        l1, l2, l3 = (227.5 - 1.0 * self.day + wander.value for wander in self._phases)
        return l1, l2, l3

    @property
    def frequency(self) -> float:
        """Mains frequency in Hz."""
        return 50 + self._frequency.value

    @property
    def heat(self) -> float:
        """kW of heat that the racks and the UPS give off."""
        return self.it_load + sum(ups.load * (1 / UPS_EFFICIENCY - 1) for ups in self.upses.values())

    @property
    def it_load(self) -> float:
        """kW that all racks draw."""
        return sum(rack.load for rack in self.racks.values())

    @property
    def cooling_power(self) -> float:
        """kW of electricity of all air conditioners."""
        return sum(cooler.power for cooler in self.coolers.values())

    @property
    def mains_power(self) -> float:
        """kW from the mains: UPS inputs, air conditioners, light and the rest."""
        feeds = sum(ups.input for ups in self.upses.values()) if self.upses else self.it_load
        return feeds + self.cooling_power + 1.1

    @property
    def supply(self) -> float:
        """Mean supply air in degrees C."""
        return sum(cooler.supply for cooler in self.coolers.values()) / len(self.coolers) if self.coolers else 18.0

    @property
    def room(self) -> float:
        """Air of the room outside the aisles, degrees C."""
        return 23.4 + 0.5 * self.day + 0.15 * (self.supply - 18)

    def humidity(self, temperature: float) -> float:
        """Relative humidity in percent of this room's air at another temperature: one dew point for all (Magnus formula)."""
        dew = 10.2 + self._dew.value
        return 100 * _vapour(dew) / _vapour(temperature)

    def row_load(self, row: str) -> float:
        """kW that a row draws."""
        return sum(rack.load for rack in self.racks.values() if rack.row == row)

    def row_energy(self, row: str) -> float:
        """kWh that a row has drawn."""
        return sum(rack.energy for rack in self.racks.values() if rack.row == row)

    @property
    def cylinder_pressure(self) -> float:
        """MPa of a full cylinder of agent at the temperature of its room (4.2 MPa at 20 degrees C)."""
        return 4.2 * (293.15 + 0.6 * (self.room - 20)) / 293.15

    def step(self, dt: float) -> None:
        """Move time by dt seconds; any dt is stable."""
        self.time += dt
        for phase in self._phases:
            phase.step(dt, self.random)
        self._frequency.step(dt, self.random)
        self._dew.step(dt, self.random)
        self._step_racks(dt)
        self._step_upses(dt)
        self._step_coolers(dt)
        self.energy += self.mains_power * dt / 3600

    def _step_racks(self, dt: float) -> None:
        supply = self.supply
        for rack in self.racks.values():
            rack.load = rack.base * (1 + 0.10 * self.day + rack.wander.step(dt, self.random))
            rack.energy += rack.load * dt / 3600
            rise = self.faults.amount(FaultKind.HOT_SPOT, rack.id)
            inlet = supply + 3.2 + rack.position + 0.8 * (rack.load / rack.base - 1) + rise
            rack.inlet = _towards(rack.inlet, inlet, dt, 45)
            rack.outlet = _towards(rack.outlet, rack.inlet + 8.5 + 4.0 * rack.load, dt, 45)

    def _step_upses(self, dt: float) -> None:
        shares = self._shares()
        for ups, load in zip(self.upses.values(), shares, strict=True):
            ups.load = load
            ups.on_battery = self.faults.has(FaultKind.ON_BATTERY, ups.id)
            ups.output_volts.step(dt, self.random)
            if ups.on_battery:
                ups.charge = max(0.0, ups.charge - 100 * load * dt / 3600 / BATTERY_KWH)
                ups.input = 0.0
            else:
                ups.charge = min(100.0, ups.charge + 100 * dt / (4 * 3600))
                ups.input = load / UPS_EFFICIENCY + (1.2 if ups.charging else 0.05)
            per_cell = 2.0 - 0.25 * (1 - ups.charge / 100) if ups.on_battery else FLOAT_PER_CELL
            ups.volts = _towards(ups.volts, CELLS * per_cell, dt, 5)
            ups.temperature = _towards(ups.temperature, self.room + 4 + 0.08 * ups.percent, dt, 600)
            ups.energy += ups.load * dt / 3600

    def _shares(self) -> list[float]:
        """kW of each UPS: they run in parallel and share the load, the first a little more than its part."""
        parts = [1.03 if number == 0 and len(self.upses) > 1 else 1.0 for number in range(len(self.upses))]
        return [self.it_load * part / sum(parts) for part in parts]

    def _step_coolers(self, dt: float) -> None:
        if not self.coolers:
            return
        share = self.heat / len(self.coolers)
        for cooler in self.coolers.values():
            rise = self.faults.amount(FaultKind.WARM_RETURN, cooler.id)
            cooler.supply = _towards(cooler.supply, 18.0 + cooler.wander.step(dt, self.random) + 0.15 * rise, dt, 60)
            warm = RETURN_RISE * self.heat / self._built_for * cooler.factor
            cooler.back = _towards(cooler.back, cooler.supply + warm + rise, dt, 40)
            cooler.power = _towards(cooler.power, FAN_KW + share * cooler.factor / COP, dt, 30)
            cooler.pressure = _towards(cooler.pressure, 15.0 + 1.5 * self.day + 0.25 * share, dt, 60)
            cooler.energy += cooler.power * dt / 3600


def _towards(value: float, target: float, dt: float, lag: float) -> float:
    """First-order lag."""
    return target + (value - target) * math.exp(-dt / lag)


def _vapour(temperature: float) -> float:
    """Saturation pressure of water in hPa over water (Magnus, Sonntag 1990), -45 to 60 degrees C."""
    return 6.112 * math.exp(17.62 * temperature / (243.12 + temperature))
