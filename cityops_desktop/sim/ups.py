"""A UPS and its two battery strings: on line, on battery, out of charge, charging again. Knows nothing of racks or registers."""

from dataclasses import dataclass, field
from random import Random

from cityops_desktop.sim.lag import Wander, towards

UPS_KW = 18.0
UPS_KVA = 20.0
EFFICIENCY = 0.93
INVERTER_EFFICIENCY = 0.94
CHARGER_EFFICIENCY = 0.93
STANDBY_KW = 0.05
RESTART = 20.0
"""Seconds of good input after which an empty UPS feeds its load again."""
STRINGS = 2
BLOCKS = 16
"""Blocks of 12 V in a string: 96 lead-acid cells, 216 V on float."""
CELLS = 6 * BLOCKS
STRING_AH = 20.0
RATED_HOURS = 20.0
PEUKERT = 1.2
"""Exponent by which a lead-acid battery yields less the faster it is emptied."""
FLOAT_PER_CELL = 2.25
BOOST_PER_CELL = 0.10
CHARGE_AMPS = 4.0
AMPS_PER_PERCENT = 1.0
WEAK_UPS, WEAK_STRING, WEAK_BLOCK = 0, 2, 7
"""One block of the first UPS is old: it shows under load and nowhere else."""


@dataclass(slots=True)
class UpsState:
    """A UPS: kW out and in, battery in percent, volts and amperes (negative = discharging), degrees C inside and of the battery,
    kWh that it has taken and given. `output` is off when its battery is empty or it has failed."""

    id: str
    number: int
    output_volts: Wander
    spread: tuple[tuple[float, ...], ...]
    load: float = 0.0
    input: float = 0.0
    charge: float = 100.0
    volts: float = CELLS * FLOAT_PER_CELL
    amps: float = 0.0
    output: bool = True
    on_battery: bool = False
    temperature: float = 30.0
    battery_temperature: float = 23.0
    energy: float = 34000.0
    given: float = 31500.0
    _fed: float = field(default=RESTART)

    @property
    def percent(self) -> float:
        """Load in percent of the rated power."""
        return 100 * self.load / UPS_KW

    @property
    def out_volts(self) -> float:
        """Volts at the output."""
        return 220.0 + self.output_volts.value if self.output else 0.0

    @property
    def runtime(self) -> float:
        """Seconds that the battery would last at this load."""
        return self.charge / 100 * _seconds(max(self.load, 0.1))

    @property
    def charging(self) -> bool:
        """Is the battery taking current back?"""
        return self.amps > 0.05

    def switch(self, dt: float, fed: bool, failed: bool) -> None:
        """Decide what it does from now on: `fed` = there is voltage at its input."""
        self._fed = self._fed + dt if fed else 0.0
        if failed:
            self.output, self._fed = False, 0.0
        elif not self.output:
            self.output = self._fed >= RESTART
        self.on_battery = self.output and not fed
        if self.on_battery and self.charge <= 0:
            self.output = self.on_battery = False

    def flow(self, dt: float, load: float, ambient: float, random: Random, *, fed: bool) -> None:
        """Carry `load` kW for dt seconds."""
        self.load = load
        self.output_volts.step(dt, random)
        if self.on_battery:
            self._discharge(dt)
        else:
            self._charge(dt, fed)
        self.temperature = towards(self.temperature, ambient + 4 + 0.08 * self.percent, dt, 600)
        self.battery_temperature = towards(self.battery_temperature, ambient + 0.03 * abs(self.amps), dt, 1800)
        self.energy += self.input * dt / 3600
        self.given += self.load * dt / 3600

    def _discharge(self, dt: float) -> None:
        self.charge = max(0.0, self.charge - 100 * dt / _seconds(max(self.load, 0.1)))
        self.amps = -1000 * self.load / INVERTER_EFFICIENCY / max(self.volts, 150.0)
        empty = 1 - self.charge / 100
        per_cell = 2.05 - 0.10 * empty - 0.16 * empty**4 + 0.0009 * self.amps
        self.volts = towards(self.volts, CELLS * per_cell, dt, 5)
        self.input = 0.0

    def _charge(self, dt: float, fed: bool) -> None:
        taken = min(CHARGE_AMPS, AMPS_PER_PERCENT * (100 - self.charge)) if fed else 0.0
        self.charge = min(100.0, self.charge + 97 * taken * dt / 3600 / (STRINGS * STRING_AH))
        if self.charge >= 99.95 and fed:
            self.charge = 100.0
        self.amps = taken if self.charge < 100 else 0.0
        per_cell = FLOAT_PER_CELL + BOOST_PER_CELL * min(1.0, (100 - self.charge) / 5) if fed else 2.10 - 0.12 * (1 - self.charge / 100)
        self.volts = towards(self.volts, CELLS * per_cell, dt, 5)
        self.input = self.load / EFFICIENCY + STANDBY_KW + self.amps * self.volts / 1000 / CHARGER_EFFICIENCY if fed else 0.0

    def string_amps(self, string: int) -> float:
        """Amperes of string 1 or 2: they never share quite evenly."""
        part = 0.5 + (0.02 if string == 1 else -0.02)
        return self.amps * part

    def block_volts(self, string: int, block: int) -> float:
        """Volts of a block, 1 to 16, of string 1 or 2. All blocks of a string add up to its voltage."""
        spread = self.spread[string - 1]
        volts = self.volts / BLOCKS + spread[block - 1]
        if self.number == WEAK_UPS and string == WEAK_STRING and self.amps < 0:
            sag = (0.4 - 0.006 * self.amps) * (1 + 1.5 * (1 - self.charge / 100))
            volts += -sag if block == WEAK_BLOCK else sag / (BLOCKS - 1)
        return volts


def _seconds(load: float) -> float:
    """Seconds that a full battery carries this load in kW (Peukert)."""
    amps = 1000 * load / INVERTER_EFFICIENCY / (CELLS * 2.0)
    rated = STRINGS * STRING_AH / RATED_HOURS
    return 3600 * RATED_HOURS * float((rated / amps) ** PEUKERT)


def a_ups(name: str, number: int, random: Random) -> UpsState:
    """A UPS with blocks that differ a little."""
    spread = []
    for _ in range(STRINGS):
        raw = [random.gauss(0, 0.02) for _ in range(BLOCKS)]
        spread.append(tuple(each - sum(raw) / BLOCKS for each in raw))
    return UpsState(name, number, Wander(0.25, 120), tuple(spread))
