"""The air of the machine room: racks warm it, air conditioners cool it, and what is not cooled near a rack comes back into it.

Every figure is a plausible one for a small government machine room, not a measurement. Knows no power chain and no registers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from cityops_desktop.sim.faults import FaultKind, Faults
from cityops_desktop.sim.lag import Wander, towards
from cityops_desktop.sim.layout import CoolerSite, RackSite

COP = 3.0
FAN_KW = 0.8
SUPPLY = 18.0
RETURN_RISE = 14.0
"""Kelvins that return air is warmer than supply air at the load for which the room was built."""
SPARE = 1.45
"""What an air conditioner can do, by its part of that load: three of four carry the room, two do not."""
BOOST = 1.25
"""How far fans speed up when another one is missing."""
CAPACITY = 1000.0
"""kJ of heat that warm the room's air, and what it flows around, by a kelvin."""
WALLS = 0.6
"""kW that the walls take for each kelvin above `WALLS_FROM`."""
WALLS_FROM = 33.5
RETURNS = 0.75
"""How much of the air that one air conditioner no longer sends to a rack comes from the hot aisle instead; all of it when none runs."""
STAGGER = (30.0, 20.0)
"""Seconds after the power is back until the first fan starts, and between one and the next."""
MIXING = 240.0
"""Seconds in which the air of a cold aisle that is no longer fed mixes with the room's."""


@dataclass(slots=True)
class RackState:
    """A rack: kW drawn from each feed, air in and out in degrees C, energy in kWh. `position` is how much warmer its place is,
    `near` how much each air conditioner matters there (together 1), `mix` the part of its air that is the room's own, `cold` what the
    air conditioners send there, or sent last."""

    id: str
    row: str
    feeds: tuple[tuple[str, str], ...]
    base: float
    position: float
    wander: Wander
    near: tuple[float, ...] = ()
    draws: dict[str, float] = field(default_factory=dict)
    load: float = 0.0
    inlet: float = 21.5
    outlet: float = 33.0
    energy: float = 0.0
    mix: float = 0.0
    cold: float = SUPPLY

    def inlet_at(self, height: float) -> float:
        """Air in front of it at this height in metres: a little warmer above, more so when warm air comes over the racks."""
        return self.inlet + (height - 1.1) * (0.8 + 2.5 * self.mix)

    def outlet_at(self, height: float) -> float:
        """Air behind it at this height in metres."""
        return self.outlet + (height - 1.1) * 0.8


@dataclass(slots=True)
class CoolerState:
    """An air conditioner: supply and return air in degrees C, kW of electricity, energy in kWh, head pressure in bar, `fan` 0 to 1."""

    id: str
    factor: float
    wander: Wander
    wait: float
    fan: float = 1.0
    cools: bool = True
    supply: float = SUPPLY
    back: float = 31.0
    heat: float = 0.0
    power: float = 0.0
    pressure: float = 16.0
    energy: float = 8600.0
    fed: float = 1000.0

    @property
    def runs(self) -> bool:
        """Does its fan turn?"""
        return self.fan > 0.1


def a_rack(site: RackSite, coolers: Sequence[CoolerSite], random: Random) -> RackState:
    """A rack with a load of its own, at its place."""
    pulls = [1 / (0.5 + (site.at[0] - cooler.at[0]) ** 2 + (site.at[1] - cooler.at[1]) ** 2) for cooler in coolers]
    near = tuple(pull / sum(pulls) for pull in pulls)
    base, position = random.uniform(0.40, 0.85), random.uniform(0, 1.2)
    return RackState(site.id, site.row, site.feeds, base, position, Wander(0.03, 900), near, energy=round(base * 4000, 1))


class Air:
    """Racks' and air conditioners' air. `bulk` is the room's own: what comes back to the air conditioners, degrees C."""

    def __init__(self, racks: Mapping[str, RackState], coolers: Sequence[CoolerSite], built_for: float, random: Random) -> None:
        self._racks, self._built_for = racks, built_for
        self.coolers = {
            site.id: CoolerState(site.id, random.uniform(0.97, 1.03), Wander(0.25, 240), STAGGER[0] + STAGGER[1] * number)
            for number, site in enumerate(coolers)
        }
        self.bulk = SUPPLY + RETURN_RISE if coolers else 30.0

    @property
    def supply(self) -> float:
        """Mean supply air in degrees C."""
        return sum(cooler.supply for cooler in self.coolers.values()) / len(self.coolers) if self.coolers else SUPPLY

    @property
    def mix(self) -> float:
        """How far the aisles breathe the room's own air, 0 to 1."""
        return sum(rack.mix for rack in self._racks.values()) / len(self._racks) if self._racks else 0.0

    @property
    def power(self) -> float:
        """kW of electricity of all air conditioners."""
        return sum(cooler.power for cooler in self.coolers.values())

    def step(self, dt: float, heat: float, fed: bool, day: float, faults: Faults, random: Random) -> None:
        """Go on by dt seconds with `heat` kW in the room; `fed`: the air conditioners have power."""
        self._step_coolers(dt, heat, fed, day, faults, random)
        self._step_bulk(dt, heat)
        self._step_racks(dt, faults)
        self._step_returns(dt, faults)

    def _step_coolers(self, dt: float, heat: float, fed: bool, day: float, faults: Faults, random: Random) -> None:
        coolers = self.coolers.values()
        for cooler in coolers:
            cooler.fed = cooler.fed + dt if fed else 0.0
            turns = cooler.fed > cooler.wait and not faults.has(FaultKind.AIR_CONDITIONER_FAILS, cooler.id)
            cooler.fan = towards(cooler.fan, 1.0 if turns else 0.0, dt, 12)
            cooler.cools = turns and cooler.fan > 0.6
        boost = self._boost()
        for cooler in coolers:
            flow = self._flow(cooler, boost)
            most = SPARE * self._built_for / len(self.coolers)
            stray = cooler.wander.step(dt, random) + 0.15 * faults.amount(FaultKind.WARM_RETURN, cooler.id)
            least = self.bulk - most / flow if flow > 0.01 else self.bulk
            target = max(SUPPLY + stray, least) if cooler.cools else self.bulk - 1
            cooler.supply = towards(cooler.supply, target, dt, 60 if cooler.cools else 240)
            cooler.heat = max(0.0, flow * (self.bulk - cooler.supply)) if cooler.cools else 0.0
            wanted = FAN_KW * cooler.fan + cooler.heat * cooler.factor / COP
            cooler.power = towards(cooler.power, wanted, dt, 10) if fed else 0.0
            head = 15.0 + 1.5 * day + 0.25 * cooler.heat if cooler.cools else 9.0
            cooler.pressure = towards(cooler.pressure, head, dt, 60)
            cooler.energy += cooler.power * dt / 3600

    def _boost(self) -> float:
        turning = sum(cooler.fan for cooler in self.coolers.values())
        return min(BOOST, len(self.coolers) / turning) if turning > 0.01 else 1.0

    def _flow(self, cooler: CoolerState, boost: float) -> float:
        """kW that its air carries for each kelvin."""
        return boost * cooler.fan * self._built_for / RETURN_RISE / len(self.coolers)

    def _step_bulk(self, dt: float, heat: float) -> None:
        if not self.coolers:
            return
        boost = self._boost()
        pull = inflow = 0.0
        for cooler in self.coolers.values():
            flow = self._flow(cooler, boost)
            pull += flow
            inflow += flow * cooler.supply
        if self.bulk > WALLS_FROM:
            pull += WALLS
            inflow += WALLS * WALLS_FROM
        if pull * dt > 1e-6:
            settled = (heat + inflow) / pull
            self.bulk = settled + (self.bulk - settled) * math.exp(-pull * dt / CAPACITY)
        else:
            self.bulk += heat * dt / CAPACITY

    def _step_racks(self, dt: float, faults: Faults) -> None:
        coolers = list(self.coolers.values())
        missing = 1 - sum(cooler.fan for cooler in coolers) / len(coolers) if coolers else 0.0
        for rack in self._racks.values():
            air = sum(part * cooler.fan for part, cooler in zip(rack.near, coolers, strict=True)) if coolers else 1.0
            if coolers and air > 0.02:
                rack.cold = sum(part * cooler.fan * cooler.supply for part, cooler in zip(rack.near, coolers, strict=True)) / air
            rack.mix = towards(rack.mix, (1 - air) * (RETURNS + (1 - RETURNS) * missing), dt, MIXING)
            rise = faults.amount(FaultKind.HOT_SPOT, rack.id)
            own = (3.2 + rack.position + 0.8 * (rack.load / rack.base - 1)) * (1 - rack.mix)
            rack.inlet = towards(rack.inlet, rack.cold + rack.mix * (self.bulk - rack.cold) + own + rise, dt, 45)
            warmed = 8.5 + 4.0 * rack.load if rack.load > 0 else 0.0
            rack.outlet = towards(rack.outlet, rack.inlet + warmed, dt, 45)

    def _step_returns(self, dt: float, faults: Faults) -> None:
        racks = list(self._racks.values())
        mean = sum(rack.outlet for rack in racks) / len(racks) if racks else 0.0
        for number, cooler in enumerate(self.coolers.values()):
            weight = sum(rack.near[number] for rack in racks)
            local = sum(rack.near[number] * rack.outlet for rack in racks) / weight - mean if weight else 0.0
            rise = faults.amount(FaultKind.WARM_RETURN, cooler.id)
            own = RETURN_RISE * (cooler.factor - 1)
            cooler.back = towards(cooler.back, self.bulk + own + 0.5 * local + rise, dt, 40)
