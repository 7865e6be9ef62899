"""The room as physics: power flows from the mains or the diesel set through UPS and panels to the racks, and all of it becomes heat.

Pure; knows no device file. All randomness comes from one seed.
"""

import math
from random import Random

from cityops_desktop.sim.air import SUPPLY, Air, RackState, a_rack
from cityops_desktop.sim.faults import FaultKind, Faults
from cityops_desktop.sim.lag import Wander, towards
from cityops_desktop.sim.layout import Layout
from cityops_desktop.sim.supply import Generator, Position, Supply
from cityops_desktop.sim.ups import EFFICIENCY, UpsState, a_ups

DAY = 86400.0
POWER_FACTOR = 0.97
REST_KW = 1.1
"""Light, fresh air, the duty room."""
CALM_STEP = 30.0
STEP = 1.0
SETTLE_STEPS = 240
FULL_MPA = 4.2
"""A full cylinder of agent at 20 degrees C."""
PREFERS = 0.52
"""The part of a rack's load that its first feed carries."""


class Physics:
    """All state of the room. `step(dt)` moves time; everything else is to be read. Start of day in seconds after midnight."""

    def __init__(self, layout: Layout, seed: int = 1, start: float = 10 * 3600.0) -> None:
        self.random = random = Random(seed)
        self.faults = Faults()
        self.time = 0.0
        self._start = start
        self.racks: dict[str, RackState] = {site.id: a_rack(site, layout.coolers, random) for site in layout.racks}
        self.upses: dict[str, UpsState] = {name: a_ups(name, number, random) for number, name in enumerate(layout.upses)}
        built_for = sum(rack.base for rack in self.racks.values()) / EFFICIENCY or 1.0
        self.air = Air(self.racks, layout.coolers, built_for, random)
        self.supply = Supply(Generator() if layout.generator else None)
        self._phases = [Wander(1.2, 900) for _ in range(3)]
        self._frequency = Wander(0.012, 60)
        self._dew = Wander(0.25, 3600)
        self._lost: dict[str, float] = {}
        self.room = 23.4
        self._settle()

    def _settle(self) -> None:
        """Let everything come to rest; counters then stand where months of work have left them."""
        energies = {rack.id: rack.energy for rack in self.racks.values()}
        self.time = -SETTLE_STEPS * CALM_STEP
        for _ in range(SETTLE_STEPS):
            self._step(CALM_STEP)
        for rack in self.racks.values():
            rack.energy = energies[rack.id]
        self.time = 0.0

    @property
    def day(self) -> float:
        """Daily rhythm from -1 (before dawn) to 1 (afternoon)."""
        return math.sin(2 * math.pi * ((self._start + self.time) % DAY - 9 * 3600) / DAY)

    @property
    def mains_phases(self) -> tuple[float, float, float]:
        """Voltages of the mains, L1 to L3; 0 without mains."""
        if not self.supply.mains:
            return 0.0, 0.0, 0.0
        l1, l2, l3 = (227.5 - 1.0 * self.day + wander.value for wander in self._phases)
        return l1, l2, l3

    @property
    def generator_phases(self) -> tuple[float, float, float]:
        """Voltages of the diesel set, L1 to L3."""
        volts = self.supply.generator.volts if self.supply.generator else 0.0
        return volts * 1.002, volts, volts * 0.998

    @property
    def phases(self) -> tuple[float, float, float]:
        """Voltages behind the transfer switch, L1 to L3."""
        match self.supply.position:
            case Position.MAINS:
                return self.mains_phases
            case Position.GENERATOR:
                return self.generator_phases
        return 0.0, 0.0, 0.0

    @property
    def mains_frequency(self) -> float:
        """Mains frequency in Hz; 0 without mains."""
        return 50 + self._frequency.value if self.supply.mains else 0.0

    @property
    def frequency(self) -> float:
        """Frequency behind the transfer switch in Hz."""
        if self.supply.position is Position.GENERATOR:
            return self.supply.generator.frequency if self.supply.generator else 0.0
        return self.mains_frequency if self.supply.position is Position.MAINS else 0.0

    @property
    def heat(self) -> float:
        """kW of heat that the racks and the UPS give off."""
        return self.it_load + sum(ups.load * (1 / EFFICIENCY - 1) for ups in self.upses.values())

    @property
    def it_load(self) -> float:
        """kW that all racks draw."""
        return sum(rack.load for rack in self.racks.values())

    @property
    def line_power(self) -> float:
        """kW behind the transfer switch: UPS inputs, air conditioners, light and the rest, racks without a UPS."""
        direct = sum(rack.draws.get(side, 0.0) for rack in self.racks.values() for side, ups in rack.feeds if not ups)
        rest = REST_KW if self.supply.live else 0.0
        return sum(ups.input for ups in self.upses.values()) + self.air.power + rest + direct

    def feed_volts(self, ups: str) -> float:
        """Volts of a rack's feed behind this UPS, or of the line itself ("")."""
        return self.upses[ups].out_volts if ups else self.phases[0]

    def humidity(self, temperature: float) -> float:
        """Relative humidity in percent of this room's air at another temperature: one dew point for all (Magnus formula)."""
        dew = 10.2 + self._dew.value
        return min(100.0, 100 * _vapour(dew) / _vapour(temperature))

    @property
    def quiet_air(self) -> float:
        """Air of the rooms beside the machine room, degrees C."""
        return 23.4 + 0.5 * self.day

    def cylinder_pressure(self, cylinder: str) -> float:
        """MPa in a cylinder of agent, by the key of its point, at the temperature of its room."""
        full = FULL_MPA * (293.15 + 0.6 * (self.quiet_air - 20)) / 293.15
        return max(0.0, full - self._lost.get(cylinder, 0.0))

    def step(self, dt: float) -> None:
        """Move time by dt seconds, in as many steps as what goes on needs."""
        left = dt
        while left > 1e-9:
            part = min(left, CALM_STEP if self._calm() else STEP)
            self._step(part)
            left -= part

    def _calm(self) -> bool:
        lost = self.faults.any(FaultKind.MAINS_LOSS)
        upses = all(ups.output and not ups.on_battery for ups in self.upses.values())
        return self.supply.settled and not lost and upses and not self.faults.any(FaultKind.ON_BATTERY)

    def _step(self, dt: float) -> None:
        self.time += dt
        for phase in self._phases:
            phase.step(dt, self.random)
        self._frequency.step(dt, self.random)
        self._dew.step(dt, self.random)
        self._step_gas(dt)
        broken = self.faults.any(FaultKind.GENERATOR_FAILS)
        self.supply.step(dt, not self.faults.any(FaultKind.MAINS_LOSS), broken, self.random)
        self._step_power(dt)
        self.air.step(dt, self.heat, self.supply.live, self.day, self.faults, self.random)
        warm = self.quiet_air + 0.15 * (self.air.supply - SUPPLY) + 0.7 * self.air.mix * max(0.0, self.air.bulk - 23)
        self.room = towards(self.room, warm, dt, 60)
        self.supply.carry(self.line_power, dt)

    def _step_power(self, dt: float) -> None:
        live = self.supply.live
        fed = {name: live and not self.faults.has(FaultKind.ON_BATTERY, name) for name in self.upses}
        for name, ups in self.upses.items():
            ups.switch(dt, fed[name], self.faults.has(FaultKind.UPS_FAILS, name))
        loads = dict.fromkeys(self.upses, 0.0)
        for rack in self.racks.values():
            self._draw(rack, dt)
            for side, name in rack.feeds:
                if name:
                    loads[name] += rack.draws[side]
        for name, ups in self.upses.items():
            ups.flow(dt, loads[name], self.quiet_air, self.random, fed=fed[name])

    def _draw(self, rack: RackState, dt: float) -> None:
        """What a rack draws, and from which of its feeds: from those that have voltage."""
        wanted = rack.base * (1 + 0.10 * self.day + rack.wander.step(dt, self.random))
        live = [side for side, ups in rack.feeds if (self.upses[ups].output if ups else self.supply.live)]
        rack.draws = {side: 0.0 for side, _ in rack.feeds}
        rack.load = wanted if live else 0.0
        for number, side in enumerate(live):
            rest = (1 - PREFERS) / (len(live) - 1) if len(live) > 1 else 0.0
            rack.draws[side] = rack.load * ((PREFERS if number == 0 else rest) if len(live) > 1 else 1.0)
        rack.energy += rack.load * dt / 3600

    def _step_gas(self, dt: float) -> None:
        """Cylinders that leak lose pressure; one that no longer does has been filled again."""
        leaks = {fault.subject: fault.amount for fault in self.faults.active(FaultKind.GAS_LOSS)}
        self._lost = {key: self._lost.get(key, 0.0) + amount * dt / 3600 for key, amount in leaks.items()}


def _vapour(temperature: float) -> float:
    """Saturation pressure of water in hPa over water (Magnus, Sonntag 1990), -45 to 60 degrees C."""
    return 6.112 * math.exp(17.62 * temperature / (243.12 + temperature))
