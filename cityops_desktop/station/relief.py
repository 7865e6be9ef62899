"""Drives the declared alarm outputs while no station does: a process of its own, started by the supervisor when the station has fallen.

It reads the room as the station last ran it, opens only the lines on which outputs hang, listens there first as the station does, asks
only for the outputs' own points and for who their devices are, and writes only to the outputs: not to a device that waits for its
admission or is another one than was admitted, not where another master is. It holds no store. What it did stands in a file that the next
start of the station takes into the change log.
"""

import json
import logging
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection

from cityops_desktop.acquire.acquisition import Acquisition
from cityops_desktop.acquire.orders import Order
from cityops_desktop.acquire.report import BusReport
from cityops_desktop.clock import Clock, SystemClock
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.link import files
from cityops_desktop.model.drivers import Driver, Identity, Manners, Written
from cityops_desktop.model.identities import Fingerprint, Standing, Verdict, Waits, compare
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.rooms import AlarmOutput, OutputKind, Room
from cityops_desktop.room.load import load_room
from cityops_desktop.store import changes

log = logging.getLogger(__name__)

TURN = 0.2
"""Seconds between two looks at what is to be done."""
AGAIN = 5.0
"""Seconds until a relay that did not obey is tried again: nothing is recorded that could fill up."""
FED = 3.0
"""So many times within its hold a relay is fed."""
WITHIN = 10.0
"""Seconds in which an order must be begun."""
MOST_LINES = 2000
"""Of the file of what was done; a week of a relay that comes and goes."""
UNATTENDED = "output.unattended"
_KEYS = ("output", "point", "value", "outcome", "code", "before", "after")


def plan(room_file: Path, room: Room, standing: Callable[[str], Standing | None]) -> str:
    """The word that the station leaves of its outputs; empty where the room has none."""
    if not room.alarm_outputs:
        return ""
    devices: dict[str, object] = {}
    for device in sorted({room.points()[output.point].device for output in room.alarm_outputs}):
        one = standing(device)
        known = None if one is None or one.waits is not Waits.NOTHING else one.known
        devices[device] = None if known is None else {"place": dict(known.place), "facts": _facts(known), "behaviour": known.behaviour}
    return json.dumps({"room": str(room_file), "devices": devices}, sort_keys=True)


def leave(data: Path, word: str) -> None:
    """Write it down, or take away what an earlier run left. OSError."""
    if word:
        files.write_private(data / files.OUTPUTS, word)
    else:
        (data / files.OUTPUTS).unlink(missing_ok=True)


def take_over(conn: Connection, data: Path) -> int:
    """Put into the change log what was done while no station was there; how many lines. The caller removes the file afterwards."""
    try:
        lines = files.read_small(data / files.UNATTENDED).splitlines()
    except OSError:
        return 0
    taken = 0
    for line in lines[:MOST_LINES]:
        try:
            told = json.loads(line)
            at, body = int(told["time"]), {key: told[key] for key in _KEYS}
        except (ValueError, KeyError, TypeError, RecursionError):
            log.warning("not a line of what drove the alarm outputs: %r", line[:200])
            continue
        changes.append(conn, kind=UNATTENDED, subject=f"output:{body['output']}", actor="station", time=at, body=body)
        taken += 1
    return taken


def forget(data: Path) -> None:
    """It stands in the change log."""
    with suppress(OSError):
        (data / files.UNATTENDED).unlink(missing_ok=True)


def _facts(known: Fingerprint) -> dict[str, str] | None:
    return None if known.facts is None else dict(known.facts)


def run_relief(data: Path, drivers: Mapping[str, Driver]) -> int:
    """Until standard input ends; it says when the outputs are to sound. Returns the exit code."""
    told: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(told,), name="stdin", daemon=True).start()
    try:
        plan = files.read_told(data / files.OUTPUTS)
        room = load_room(Path(plan["room"]), drivers)
        admitted = {id: None if one is None else _fingerprint(one) for id, one in plan["devices"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OperatorError) as error:
        log.error("the alarm outputs are not driven: what the station left cannot be read: %s", error)
        return int(Exit.CONFIGURATION)
    relief = Relief(data, room, drivers, admitted, SystemClock())
    relief.start()
    try:
        while True:
            try:
                line = told.get(timeout=TURN)
            except queue.Empty:
                line = ""
            if line is None:
                return int(Exit.OK)
            if line == "sound":
                relief.sound()
            relief.turn(files.horn_silenced(data))
    finally:
        relief.stop()


def _listen(told: "queue.SimpleQueue[str | None]") -> None:
    with suppress(OSError, ValueError):
        for line in sys.stdin:
            told.put(line.strip())
    told.put(None)


def _fingerprint(one: Mapping[str, Any]) -> Fingerprint:
    return Fingerprint(one["place"], one["facts"], bool(one["behaviour"]))


class Neighbourly:
    """A driver on whose lines we were a moment ago: they are listened to as lines that were only opened anew."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def manners(self, options: Any) -> Manners:
        """Those of the line, with the shorter time."""
        manners = self._driver.manners(options)
        return replace(manners, first=manners.again)


@dataclass(slots=True)
class _Relay:
    """What is known of one output; times are monotonic."""

    declared: AlarmOutput
    device: str
    reading: Reading | None = None
    running: bool = False
    ordered: int | None = None
    again: float = 0.0
    feed: float = 0.0
    done: int | None = None
    """What was written last, and read back."""
    said: tuple[object, ...] = ()


class Relief:
    """The outputs of a room, from `start` to `stop`. `turn` is called several times a second, on one thread."""

    def __init__(
        self, data: Path, room: Room, drivers: Mapping[str, Driver], admitted: Mapping[str, Fingerprint | None], clock: Clock
    ) -> None:
        """`admitted`: by device, who it must be; None = nothing may be written to it."""
        self._data = data
        self._clock = clock
        self._admitted = admitted
        self._strangers: set[str] = set()
        self._sounds = False
        self._lines = 0
        points = room.points()
        self._relays = {output.point: _Relay(output, points[output.point].device) for output in room.alarm_outputs}
        self._ended: queue.SimpleQueue[tuple[str, int, Written]] = queue.SimpleQueue()
        self._reports: queue.SimpleQueue[BusReport] = queue.SimpleQueue()
        self._acquisition = Acquisition(only_outputs(room), _neighbourly(drivers), clock, self._reports.put)

    def start(self) -> None:
        """Open the lines, listen, and ask how the relays stand; nothing is written yet."""
        self._acquisition.start()

    def stop(self) -> None:
        """Give the lines back; the relays stay as they are."""
        self._acquisition.stop(1.0)

    def sound(self) -> None:
        """From now on: the station has not come back in time."""
        self._sounds = True

    def turn(self, silenced: bool) -> None:
        """Take what came, and order what is due. `silenced`: somebody has silenced the horns a moment ago."""
        while not self._reports.empty():
            self._take(self._reports.get())
        while not self._ended.empty():
            self._told(*self._ended.get())
        now = self._clock.monotonic()
        self._acquisition.check(now)
        if self._sounds:
            for relay in self._relays.values():
                self._drive(relay, not (silenced and relay.declared.kind is OutputKind.HORN), now)

    def _take(self, report: BusReport) -> None:
        for reading in report.readings:
            if reading.point in self._relays:
                self._relays[reading.point].reading = reading
        for device, identity in report.identities.items():
            self._meet(device, identity)

    def _meet(self, device: str, identity: Identity | None) -> None:
        """It has said who it is."""
        known = self._admitted.get(device)
        if known is None:
            return
        other = compare(known, identity) in (Verdict.OTHER, Verdict.LITTLE)
        (self._strangers.add if other else self._strangers.discard)(device)

    def _forbidden(self, device: str) -> str:
        return "not_admitted" if self._admitted.get(device) is None or device in self._strangers else ""

    def _drive(self, relay: _Relay, sounds: bool, now: float) -> None:
        value = relay.declared.value(sounds)
        reading = relay.reading
        right = reading is not None and reading.quality is Quality.GOOD and reading.value == value
        stands = right and relay.done == value
        due = value != relay.ordered or now >= (relay.feed if stands else relay.again)
        if relay.running or not due or (stands and relay.declared.hold is None):
            return
        relay.running, relay.ordered, relay.again = True, value, now + AGAIN
        relay.feed = now + (relay.declared.hold or 0.0) / FED
        forbidden = partial(self._forbidden, relay.device)
        done = partial(self._done, relay.declared.point, value)
        self._acquisition.order(Order(relay.declared.point, value, now + WITHIN, done, forbidden))

    def _done(self, point: str, value: int, written: Written) -> None:
        """On the bus's thread."""
        self._ended.put((point, value, written))

    def _told(self, point: str, value: int, written: Written) -> None:
        relay = self._relays[point]
        relay.running = False
        if written.outcome is Outcome.DONE:
            relay.done, relay.reading = value, Reading(point, written.after, self._clock.wall(), Quality.GOOD)
        else:
            relay.done = None
        said = (value, written.outcome, written.code)
        if said == relay.said:
            return
        relay.said = said
        outcome, code = written.outcome.value, written.code
        log.warning("no station: the alarm output %s was switched to %d: %s %s", relay.declared.id, value, outcome, code)
        line = {"time": self._clock.wall(), "output": relay.declared.id, "point": point, "value": value, "outcome": outcome, "code": code}
        self._note({**line, "before": written.before, "after": written.after})

    def _note(self, line: Mapping[str, object]) -> None:
        self._lines += 1
        if self._lines > MOST_LINES:
            return
        try:
            with (self._data / files.UNATTENDED).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:  # a full disk: the horn sounds all the same
            log.error("it could not be noted: %s", error)


def _neighbourly(drivers: Mapping[str, Driver]) -> dict[str, Driver]:
    return {name: cast("Driver", Neighbourly(driver)) for name, driver in drivers.items()}


def only_outputs(room: Room) -> Room:
    """The room with nothing but the outputs' points, their devices and lines."""
    wanted = {output.point for output in room.alarm_outputs}
    devices = tuple(
        replace(device, points=tuple(point for point in device.points if point.key in wanted))
        for device in room.devices
        if any(point.key in wanted for point in device.points)
    )
    used = {device.bus for device in devices}
    return replace(room, devices=devices, buses=tuple(bus for bus in room.buses if bus.id in used))
