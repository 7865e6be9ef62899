"""The one thing that the station writes by itself: the alarm outputs that the room file names, beacons and horns on relays.

A horn follows what sounds and was not silenced, a beacon what nobody has acknowledged. What the relay says of itself decides whether
anything is sent: a relay that somebody else switched is switched back, one that stands right is left alone, unless it drops out by
itself and must be fed. Each switch is an order in the change log; feeding repeats it and is not recorded again.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import AlarmOutput, OutputKind
from cityops_desktop.station.acts.act import Ended
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

AGAIN = 30.0
"""Seconds after an order whose wish has not changed until the next one: a dead relay must not fill the change log."""
WITHIN = 10.0
"""Seconds in which an order must be begun: then the wish may have changed."""
FED = 3.0
"""So many times within its hold a relay is fed: two may be lost."""
WRONG = 45.0
"""Seconds that an output may stand otherwise than it should until people are told: more than one try."""


WORD = 2.0
"""So often it is looked at whether what is told of the outputs is still so."""


class Move(Enum):
    """What is to be done with a relay now."""

    REST = auto()
    SWITCH = auto()
    FEED = auto()


def sounds(output: AlarmOutput, alarms: Iterable[Alarm], silenced: bool) -> bool:
    """Must this output sound (shine)?"""
    concerned = [alarm for alarm in alarms if alarm.level <= output.level]
    if output.kind is OutputKind.HORN:
        return not silenced and any(alarm.audible for alarm in concerned)
    return any(alarm.unseen and alarm.hidden is None for alarm in concerned)


@dataclass(slots=True)
class Course:
    """Of one output: what was ordered last and is not seen to stand, when that may be ordered again, when it must be fed; monotonic."""

    wish: bool | None = None
    again: float = 0.0
    feed: float = 0.0


def stands(output: AlarmOutput, sounding: bool, reading: Reading) -> bool | None:
    """Does the relay say that it stands so? None when it is not known."""
    if reading.quality not in (Quality.GOOD, Quality.UNCERTAIN) or reading.value is None:
        return None
    return reading.value == output.value(sounding)


def move(output: AlarmOutput, sounding: bool, reading: Reading, course: Course, now: float) -> Move:
    """What to do, noted in `course` as done. Sounding is tried even blindly, quiet only where it is seen to be loud."""
    if reading.reason is Reason.NOT_ADMITTED:
        return Move.REST  # nobody knows whose relay this is
    known = stands(output, sounding, reading)
    if known or (known is None and not sounding):
        course.wish = None
        if known and output.hold is not None and now >= course.feed:
            course.feed = now + output.hold / FED
            return Move.FEED
        return Move.REST
    if sounding is course.wish and now < course.again:
        return Move.REST
    course.wish, course.again = sounding, now + AGAIN
    course.feed = now + (output.hold or 0.0) / FED
    return Move.SWITCH


class Orders(Protocol):
    """What of `station/writing.py` is used here."""

    async def drive(self, point: str, value: float, seconds: float, why: Mapping[str, object]) -> Ended: ...

    async def feed(self, point: str, value: float, seconds: float) -> Ended: ...


class AlarmOutputDrive:
    """One output; `tick` each second, from the station's loop."""

    def __init__(
        self,
        declared: AlarmOutput,
        open_alarms: Callable[[], Iterable[Alarm]],
        newest: Callable[[str], Reading],
        writing: Orders,
        silenced: Callable[[], bool] = bool,
    ) -> None:
        self.declared = declared
        self._open = open_alarms
        self._newest = newest
        self._writing = writing
        self._silenced = silenced
        self._course = Course()
        self._order: asyncio.Task[None] | None = None
        self._wrong_since: float | None = None
        self.failed = ""
        """What became of the last order, unless it was done."""

    def tick(self, now: float) -> None:
        """Give an order when the relay does not stand as it should or must be fed, and none is on its way. `now` is monotonic."""
        sounding = self.sounding
        reading = self._newest(self.declared.point)
        right = stands(self.declared, sounding, reading)
        self._wrong_since = None if right else now if self._wrong_since is None else self._wrong_since
        if self._order is not None:
            return
        what = move(self.declared, sounding, reading, self._course, now)
        if what is Move.SWITCH:
            self._begin(self._drive(sounding, self._why()))
        elif what is Move.FEED:
            self._begin(self._feed(sounding))

    @property
    def sounding(self) -> bool:
        """Must it sound (shine) now?"""
        return sounds(self.declared, self._open(), self._silenced())

    async def rest(self, seconds: float) -> None:
        """Another room takes over: what sounds here falls quiet, whether that room has this output or not."""
        if self._order is not None:
            await asyncio.wait({self._order}, timeout=seconds)
        if self._order is None and stands(self.declared, True, self._newest(self.declared.point)) is not False:
            await self._drive(False, {"output": self.declared.id, "alarms": 0, "level": "", "reconfigured": True})

    def proven(self) -> bool:
        """Does the relay say itself that it sounds?"""
        return stands(self.declared, True, self._newest(self.declared.point)) is True

    def verdict(self, now: float) -> bool | None:
        """Does it obey? False when it has stood otherwise than it should, or unknown, for so long that somebody must look."""
        if self._wrong_since is None:
            return True
        return False if now - self._wrong_since > WRONG else None

    def _why(self) -> dict[str, object]:
        alarms = [alarm for alarm in self._open() if alarm.level <= self.declared.level and alarm.unseen and alarm.hidden is None]
        level = min(alarms, key=lambda alarm: alarm.level).level.name.lower() if alarms else ""
        return {"output": self.declared.id, "alarms": len(alarms), "level": level}

    def _begin(self, order: Coroutine[None, None, None]) -> None:
        self._order = asyncio.get_running_loop().create_task(order)

    async def _drive(self, sounding: bool, why: dict[str, object]) -> None:
        value = self.declared.value(sounding)
        try:
            self._ended(value, await self._writing.drive(self.declared.point, value, WITHIN, why))
        except StoreError as error:
            self.failed = "not_recorded"
            log.error("the alarm output was not switched to %d, for it could not be recorded: %s", value, error)
        finally:
            self._order = None

    async def _feed(self, sounding: bool) -> None:
        value = self.declared.value(sounding)
        try:
            self._ended(value, await self._writing.feed(self.declared.point, value, WITHIN))
        finally:
            self._order = None

    def _ended(self, value: int, ended: Ended) -> None:
        before, self.failed = self.failed, "" if ended.outcome is Outcome.DONE else ended.code or ended.outcome.value
        if self.failed and self.failed != before:
            log.warning("the alarm output %s was not switched to %d: %s %s", self.declared.id, value, ended.outcome, ended.code)


class AlarmOutputs:
    """All outputs of a room. `stand(key, cause, level, detail, present)` tells of an output that does not obey."""

    def __init__(
        self, drives: Sequence[AlarmOutputDrive], stand: Callable[[str, Cause, Level, str, bool], None], leave_word: Callable[[], None]
    ) -> None:
        """`leave_word` is called now and then: for whoever drives the outputs while no station does (`relief.py`)."""
        self.drives = tuple(drives)
        self._stand = stand
        self._leave_word = leave_word
        self._word_at = 0.0
        self._told: dict[str, bool] = {}

    def begin(self, left: Iterable[Alarm]) -> None:
        """After the alarms of the former run were put back: the room has no more the outputs of some."""
        here = {_key(drive.declared.id) for drive in self.drives}
        for alarm in left:
            if alarm.cause is Cause.OUTPUT_FAILED and alarm.standing and alarm.key not in here:
                self._stand(alarm.key, alarm.cause, alarm.level, alarm.detail, False)

    def tick(self, now: float) -> None:
        """Each second."""
        if now >= self._word_at:
            self._word_at = now + WORD
            self._leave_word()
        for drive in self.drives:
            drive.tick(now)
            verdict, id = drive.verdict(now), drive.declared.id
            if verdict is not None and self._told.get(id) is not verdict:
                self._told[id] = verdict
                self._stand(_key(id), Cause.OUTPUT_FAILED, Level.MAJOR, id, not verdict)

    async def rest(self, seconds: float) -> None:
        """Another room takes over, and switches on what must sound there: no relay of this one is left sounding for ever."""
        resting = {asyncio.get_running_loop().create_task(drive.rest(seconds)) for drive in self.drives}
        if resting:
            await asyncio.wait(resting, timeout=seconds)

    def covers(self, alarm: Alarm) -> bool:
        """Is there a horn for it whose relay says itself that it sounds?"""
        return any(
            drive.declared.kind is OutputKind.HORN and alarm.level <= drive.declared.level and drive.proven() for drive in self.drives
        )


def _key(id: str) -> str:
    return f"station#output:{id}"
