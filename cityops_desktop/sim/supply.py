"""Where the room's power comes from: mains, diesel set, transfer switch. Times are those of a small set with an automatic controller.

A step of more than a second would jump over what happens; Physics never makes one while anything here moves.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from random import Random

from cityops_desktop.sim.lag import Wander, towards

START_DELAY = 3.0
"""Seconds that the mains must be gone before the set is started."""
FIRES = 4.0
CRANK = 6.0
REST = 8.0
ATTEMPTS = 3
SETTLE = 4.0
"""Seconds of good voltage before the transfer switch takes the set."""
TRANSFER = 1.0
"""Seconds in which the switch is open between its two positions."""
MAINS_STABLE = 60.0
"""Seconds of good mains before the switch goes back."""
COOL_DOWN = 90.0
GENERATOR_KW = 50.0
TANK_LITRES = 200.0
LITRES_PER_KWH = 0.30
IDLE_LITRES = 2.0
"""Litres an hour without load."""


class SetState(IntEnum):
    """The diesel set, as its controller numbers it."""

    STOPPED = 0
    DELAY = 1
    CRANKING = 2
    RUNNING = 3
    LOADED = 4
    COOLING = 5
    FAILED = 6


_TURNS = (SetState.RUNNING, SetState.LOADED, SetState.COOLING)


@dataclass(slots=True)
class Generator:
    """The diesel set: `level` is its voltage as a part of the nominal one, `power` kW, `oil` bar, `coolant` degrees C, `fuel` percent,
    `battery` volts of the starter, hours and kWh so far."""

    state: SetState = SetState.STOPPED
    clock: float = 0.0
    attempt: int = 0
    good: float = 0.0
    level: float = 0.0
    power: float = 0.0
    oil: float = 0.0
    coolant: float = 38.0
    fuel: float = 82.0
    battery: float = 26.8
    hours: float = 412.3
    energy: float = 9130.0
    starts: int = 57
    wander: Wander = field(default_factory=lambda: Wander(0.006, 30))

    @property
    def turns(self) -> bool:
        """Does the engine run?"""
        return self.state in _TURNS

    @property
    def cranks(self) -> bool:
        """Is the starter engaged?"""
        return self.state is SetState.CRANKING and self.clock < CRANK

    @property
    def ready(self) -> bool:
        """Has its voltage been good for long enough?"""
        return self.good >= SETTLE

    @property
    def frequency(self) -> float:
        """Hz, a little lower under load."""
        return self.level * (50.3 - 0.4 * self.power / GENERATOR_KW + self.wander.value) if self.level > 0.05 else 0.0

    @property
    def volts(self) -> float:
        """Volts between a phase and neutral."""
        return self.level * (230 - 2 * self.power / GENERATOR_KW + 40 * self.wander.value) if self.level > 0.005 else 0.0

    def _go(self, state: SetState) -> None:
        self.state, self.clock = state, 0.0

    def step(self, dt: float, wanted: bool, loaded: bool, broken: bool, random: Random) -> None:
        """Go on by dt seconds: `wanted` by the transfer switch, `loaded` when it is on the line, `broken` when it cannot run."""
        self.clock += dt
        broken = broken or self.fuel <= 0
        self._decide(wanted, loaded, broken)
        self.level = towards(self.level, 1.0 if self.turns else 0.0, dt, 0.8)
        if self.level < 1e-4:
            self.level = 0.0
        self.good = self.good + dt if self.turns and self.level > 0.95 else 0.0
        self.wander.step(dt, random)
        self.oil = towards(self.oil, 4.2 if self.turns else 0.6 if self.cranks else 0.0, dt, 2)
        self.coolant = towards(self.coolant, 70 + 18 * self.power / GENERATOR_KW if self.turns else 38.0, dt, 400 if self.turns else 2400)
        self.battery = towards(self.battery, 20.5 if self.cranks else 27.6 if self.turns else 26.8, dt, 1 if self.cranks else 5)
        if self.turns:
            self.hours += dt / 3600
            self.energy += self.power * dt / 3600
            litres = (IDLE_LITRES + LITRES_PER_KWH * self.power) * dt / 3600
            self.fuel = max(0.0, self.fuel - 100 * litres / TANK_LITRES)

    def _decide(self, wanted: bool, loaded: bool, broken: bool) -> None:
        match self.state:
            case SetState.STOPPED if wanted:
                self._go(SetState.DELAY)
            case SetState.DELAY if not wanted:
                self._go(SetState.STOPPED)
            case SetState.DELAY if self.clock >= START_DELAY:
                self.attempt = 0
                self._crank()
            case SetState.CRANKING:
                self._cranking(broken)
            case SetState.RUNNING | SetState.LOADED | SetState.COOLING if broken:
                self._go(SetState.FAILED)
            case SetState.RUNNING if loaded:
                self._go(SetState.LOADED)
            case SetState.LOADED if not loaded:
                self._go(SetState.RUNNING)
            case SetState.RUNNING if not wanted:
                self._go(SetState.COOLING)
            case SetState.COOLING if wanted:
                self._go(SetState.RUNNING)
            case SetState.COOLING if self.clock >= COOL_DOWN:
                self._go(SetState.STOPPED)
            case SetState.FAILED if not broken:
                self._go(SetState.STOPPED)

    def _crank(self) -> None:
        self.attempt += 1
        self.starts += 1
        self._go(SetState.CRANKING)

    def _cranking(self, broken: bool) -> None:
        if not broken and FIRES <= self.clock <= CRANK + 1:
            self._go(SetState.RUNNING)
        elif self.attempt == ATTEMPTS and self.clock >= CRANK:
            self._go(SetState.FAILED)
        elif self.clock >= CRANK + REST:
            self._crank()


class Position(IntEnum):
    """The transfer switch, as its controller numbers it."""

    OPEN = 0
    MAINS = 1
    GENERATOR = 2


@dataclass(slots=True)
class Supply:
    """Mains, set and switch together. `generator` is None in a room that has none; the switch then stays where it is."""

    generator: Generator | None
    mains: bool = True
    position: Position = Position.MAINS
    transfers: int = 112
    energy: float = 118000.0
    power: float = 0.0
    _going: Position = Position.MAINS
    _clock: float = 0.0
    _stable: float = MAINS_STABLE

    @property
    def live(self) -> bool:
        """Is there voltage behind the switch?"""
        if self.position is Position.GENERATOR:
            return self.generator is not None and self.generator.level > 0.8
        return self.position is Position.MAINS and self.mains

    @property
    def settled(self) -> bool:
        """Is everything as on a calm day, so that nothing will switch by itself?"""
        at_rest = self.generator is None or (self.generator.state is SetState.STOPPED and self.generator.level == 0)
        return self.mains and self.position is Position.MAINS and at_rest

    def step(self, dt: float, mains: bool, broken: bool, random: Random) -> None:
        """Go on by dt seconds with or without mains; `broken`: the set does not start, or stops."""
        self.mains = mains
        self._stable = self._stable + dt if mains else 0.0
        if self.generator is None:
            return
        wanted = not mains or self.position is not Position.MAINS
        self.generator.step(dt, wanted, self.position is Position.GENERATOR, broken, random)
        self._clock += dt
        match self.position:
            case Position.MAINS if not mains and self.generator.ready:
                self._open(Position.GENERATOR)
            case Position.GENERATOR if mains and (self._stable >= MAINS_STABLE or not self.generator.turns):
                self._open(Position.MAINS)
            case Position.OPEN if self._clock >= TRANSFER:
                self.position = self._going
                self.transfers += 1

    def _open(self, going: Position) -> None:
        self.position, self._going, self._clock = Position.OPEN, going, 0.0

    def carry(self, kilowatts: float, dt: float) -> None:
        """So much flows through the switch during these dt seconds."""
        from_mains = self.position is Position.MAINS and self.mains
        self.power = kilowatts if from_mains else 0.0
        self.energy += self.power * dt / 3600
        if self.generator is not None:
            self.generator.power = kilowatts if self.live and not from_mains else 0.0
