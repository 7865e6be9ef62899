"""The alarm book: which alarms there are, by limits, lost devices, lost buses and the station's own troubles. Pure: no I/O, no clock.

States are those of `model/alarmstates.py`. A condition that comes again while its occurrence is returned or latched re-alarms the same
occurrence: id and `raised` stay, `value` becomes the new one, `returned` and who acknowledged it are cleared; each transition is handed
to the caller, who records it, so nothing of the first time is lost.

Each limit is a condition of its own, with its own level and its own acknowledge. Three limits of one point are three alarms:
nobody acknowledges a critical one by having acknowledged the minor one before it. Folding them for the eye is the screen's work.

Without data nothing changes: a reading that is bad or stale neither raises nor returns an alarm, and stops a delay that is
running; it starts anew with the next usable reading. Until a value is stale it stands for the world, so a delay elapses between
two polls. What becomes of readings does not depend on how often `tick` is called: the time of a transition is the moment at which
its delay ended.

A bus is lost when its wire is gone, or when all its devices are silent and there are several: a cut line. That is one alarm; while
it is so its devices raise none, and those that had one return when the bus alarm is raised. Buses that are lost together are one alarm
of what they have in common (`folding.py`: a gateway, the room), and theirs are its consequences.

What is shelved, out of service or the consequence of another alarm (`covers.py`) goes through all its states without a sound. It comes
back unacknowledged when that ends by itself, acknowledged when a person ends it, and as it is when a person hides its cause. A
consequence is acknowledged with its cause: whoever has seen that the mains are gone need not acknowledge each thing that has no
voltage. One that came and went with a cause that nobody has acknowledged yet waits under it for that.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from cityops_desktop.alarms.condition import Condition
from cityops_desktop.alarms.covers import Cover, Covers
from cityops_desktop.alarms.folding import Together
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.alarmstates import Event, after
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.points import Level, Limit, LimitKind
from cityops_desktop.model.readings import Reading, Reason
from cityops_desktop.model.rooms import Room

DEVICE_DELAY = 10.0
"""Seconds a device must be silent before it is an alarm, and answer before it has returned: with the two unanswered requests that
make it silent this is the "silent for 3 polls" of the field at the usual 5 s, and a device that answers one probe in ten does not
ring each time."""
BUS_DELAY = 5.0
"""Seconds a bus must be lost or back: longer than one reopening of the wire (1 s), shorter than DEVICE_DELAY so that the bus is
named and not its devices."""
DEVICE_LEVEL = Level.MINOR
"""One device unknown: look within the shift. What it measures is said by its points, which turn bad at once."""
BUS_LEVEL = Level.MAJOR
"""A whole line unknown: the room is partly blind."""
TOGETHER_DELAY: Mapping[Cause, float] = {Cause.GATEWAY_LOST: 3.0, Cause.ROOM_LOST: 2.0}
"""Seconds all buses of a gateway, or of the room, must be lost: shorter than BUS_DELAY by what lies between the moments at which each
of them is found to be lost, so that the gateway is named and not its buses, and the room and not its gateways."""

TOLD = frozenset({Cause.DEVICE_NEW, Cause.DEVICE_CHANGED, Cause.SENSOR_FAILED})
"""Causes that whoever knows the devices tells at each start (identities.py and sensors.py of the station): until then what a former
run left stands."""

_CAUSES = {LimitKind.HIGH: Cause.HIGH, LimitKind.LOW: Cause.LOW, LimitKind.STATE: Cause.STATE}
_ANSWERS = frozenset((Reason.EXCEPTION, Reason.INVALID_VALUE, Reason.OUT_OF_RANGE))
_NOTHING: Sequence[Alarm] = ()


class AlarmBook:
    """All conditions of a room and their open occurrences. `wall` is UTC ms, `mono` monotonic seconds.

    Every method that can change something gives the occurrences that changed, in their new state; one that ended is in state NORMAL.
    """

    def __init__(self, room: Room, parents: Mapping[str, Sequence[str]] | None = None, together: Sequence[Together] = ()) -> None:
        """`parents`: by a condition's key those whose consequence it is; `together`: buses that are one alarm when all of them are lost
        (`folding.py`)."""
        self._covers = Covers(parents or {})
        self._conditions: dict[str, Condition] = {}
        self._of_point: dict[str, tuple[Condition, ...]] = {}
        self._device_of: dict[str, str] = {}
        self._bus_of: dict[str, str] = {}
        self._devices_on: dict[str, list[Condition]] = {bus.id: [] for bus in room.buses}
        self._wire_gone = dict.fromkeys(self._devices_on, False)
        self._by_id: dict[str, Condition] = {}
        self._timed: dict[str, Condition] = {}
        self._unproven: set[str] = set()
        for bus in room.buses:
            self._add(Condition(f"bus:{bus.id}#lost", f"bus:{bus.id}", Cause.BUS_LOST, BUS_LEVEL, BUS_DELAY, BUS_DELAY))
        for device in room.devices:
            lost = self._add(Condition(f"{device.id}#lost", device.id, Cause.DEVICE_LOST, DEVICE_LEVEL, DEVICE_DELAY, DEVICE_DELAY))
            self._devices_on[device.bus].append(lost)
            self._bus_of[device.id] = device.bus
            for point in device.points:
                self._device_of[point.key] = device.id
                if point.limits:
                    self._of_point[point.key] = tuple(self._add(self._limited(point.key, limit)) for limit in point.limits)
        self._together: dict[str, list[Together]] = {}
        self._ages: dict[str, float] = {}
        for one in together:
            wide = self._add(Condition(one.key, one.subject, one.cause, one.level, TOGETHER_DELAY[one.cause], BUS_DELAY))
            wide.detail, wide.points = str(len(one.buses)), one.points
            for member in one.buses:
                self._together.setdefault(member, []).append(one)

    @staticmethod
    def _limited(key: str, limit: Limit) -> Condition:
        name = f"{key}#{limit.id}"
        return Condition(name, key, _CAUSES[limit.kind], limit.level, limit.on_delay, limit.off_delay, limit)

    def _add(self, condition: Condition) -> Condition:
        self._conditions[condition.key] = condition
        return condition

    def open(self) -> list[Alarm]:
        """All occurrences that still need somebody's attention, oldest first."""
        found = [condition.alarm for condition in self._by_id.values() if condition.alarm is not None]
        return sorted(found, key=lambda alarm: (alarm.raised, alarm.id))

    def find(self, id: str) -> Alarm | None:
        """The open occurrence with this id."""
        condition = self._by_id.get(id)
        return None if condition is None else condition.alarm

    def feed(self, reading: Reading, wall: int, mono: float) -> Sequence[Alarm]:
        """A new reading of a point, or the same one turned stale."""
        changes = self._prove(reading, wall, mono) if self._unproven else _NOTHING
        for condition in self._of_point.get(reading.point, ()):
            changes = self._judge(condition, reading, wall, mono, changes)
        return changes

    def exchange(self, reading: Reading, limits: Sequence[Limit], wall: int, mono: float) -> Sequence[Alarm]:
        """The point of this reading, its newest, has these limits from now on.

        A limit that stays as it is goes on undisturbed. One that is gone returns. One that changed is judged anew by the reading, its
        delays from the beginning; if its level changed, an occurrence that stands returns and is raised again at the new level at
        once, so that nobody has acknowledged a critical alarm by having acknowledged a minor one.
        """
        changes = self._prove(reading, wall, mono) if self._unproven else _NOTHING
        key = reading.point
        before = {condition.key: condition for condition in self._of_point.pop(key, ())}
        after = {f"{key}#{limit.id}": limit for limit in limits}
        for name, condition in before.items():
            changes = self._elapse(condition, wall, mono, changes)
            if name not in after:
                changes = self._drop(condition, wall, mono, changes)
        conditions = []
        for name, limit in after.items():
            condition = before.get(name) or self._conditions.get(name) or self._add(self._limited(key, limit))
            conditions.append(condition)
            if name in before and condition.limit == limit:
                continue
            changes = self._reset(condition, limit, wall, mono, changes)
            changes = self._judge(condition, reading, wall, mono, changes)
        if conditions:
            self._of_point[key] = tuple(conditions)
        return changes

    def refold(self, parents: Mapping[str, Sequence[str]]) -> Sequence[Alarm]:
        """Limits of the same room say otherwise now what is the consequence of what; what is hidden by none any more is news."""
        return self._cover(self._covers.refold(parents))

    def tick(self, wall: int, mono: float) -> Sequence[Alarm]:
        """Time has passed: the delays that have ended, and what is no longer hidden."""
        changes = self._elapsed(wall, mono)
        uncovered = self._off_the_shelf(mono)
        for target in self._covers.services_over(mono):
            uncovered += self._keys_of(self._covers.end_service(target))
        uncovered += self._let_go(mono)
        return (*changes, *self._cover(uncovered)) if uncovered else changes

    def _off_the_shelf(self, mono: float) -> list[str]:
        """Shelves whose time is over end: all that have nothing to say, and of the others the most severe, one after the other."""
        loud = []
        for key in self._covers.shelves_over(mono):
            condition = self._conditions.get(key)
            if condition is None or condition.alarm is None:
                self._covers.unshelve(key)
            else:
                loud.append(condition.alarm)
        if not loud or not self._covers.may_sound(mono):
            return []
        first = min(loud, key=lambda alarm: (alarm.level, alarm.raised, alarm.id)).key
        self._covers.unshelve(first)
        return [first]

    def _let_go(self, mono: float) -> list[str]:
        """What no longer lies under its cause, which is gone; but for what went with a cause that nobody has acknowledged yet."""
        freed = []
        for key in self._covers.let_go(mono):
            alarm = self._alarm_of(key)
            if alarm is None or alarm.standing or not alarm.unseen or self._alarm_of(alarm.under) is None:
                self._covers.free(key)
                freed.append(key)
        return freed

    def _alarm_of(self, key: str) -> Alarm | None:
        """The open occurrence of the condition with this key."""
        condition = self._conditions.get(key)
        return None if condition is None else condition.alarm

    def _elapsed(self, wall: int, mono: float) -> Sequence[Alarm]:
        changes = _NOTHING
        for condition in sorted((c for c in self._timed.values() if c.ends <= mono), key=lambda condition: condition.ends):
            changes = self._elapse(condition, wall, mono, changes)
        return changes

    def acknowledge(self, id: str, actor: str, actor_name: str, wall: int) -> Sequence[Alarm]:
        """A person has seen it, and with it what is hidden as its consequence. Nothing when no such occurrence is open or it has been
        acknowledged already (`find` tells which)."""
        condition = self._by_id.get(id)
        if condition is None or condition.alarm is None or not condition.alarm.unseen:
            return _NOTHING
        changed = self._keep(condition, acknowledged(condition.alarm, actor, actor_name, wall))
        return (changed, *self._seen_below(changed))

    def reset(self, id: str) -> Alarm | None:
        """A person lets a latched alarm go. None unless it is latched and acknowledged (`find` tells)."""
        condition = self._by_id.get(id)
        if condition is None or condition.alarm is None:
            return None
        state = after(condition.alarm.state, Event.RESET)
        return None if state is condition.alarm.state else self._keep(condition, condition.alarm.with_state(state))

    def shelve(self, key: str, until: int, wall: int, mono: float) -> Sequence[Alarm]:
        """Keep the condition with this key quiet until then (UTC ms), also one that is told later only."""
        self._covers.shelve(key, until, mono + (until - wall) / 1000)
        return (*self._cover([key]), *self._brings_nothing([key]))

    def unshelve(self, key: str, actor: str, actor_name: str, wall: int) -> Sequence[Alarm]:
        """A person takes it back before its time: what stands has been seen by that person."""
        return self._cover([key], (actor, actor_name, wall)) if self._covers.unshelve(key) else _NOTHING

    def begin_service(self, target: str, subjects: Collection[str], until: int, wall: int, mono: float) -> Sequence[Alarm]:
        """These subjects (points, devices, "bus:<id>") are out of service until then (UTC ms), because of this target."""
        before = self._covers.end_service(target)
        self._covers.begin_service(target, subjects, until, mono + (until - wall) / 1000)
        keys = self._keys_of({*before, *subjects})
        return (*self._cover(keys), *self._brings_nothing(keys))

    def end_service(self, target: str) -> Sequence[Alarm]:
        """They are in service again: what stands is unacknowledged, whoever ended it."""
        return self._cover(self._keys_of(self._covers.end_service(target)))

    def shelved(self, key: str) -> bool:
        """Does it lie on a shelf?"""
        return self._covers.shelved(key)

    def out_of_service(self, target: str) -> bool:
        """Is this target out of service?"""
        return self._covers.out_of_service(target)

    def condition(self, key: str) -> tuple[str, Level] | None:
        """Subject and level of the condition with this key; None when there is none."""
        known = self._conditions.get(key)
        return None if known is None else (known.subject, known.level)

    def device_lost(self, device: str, points: int, wall: int, mono: float) -> Sequence[Alarm]:
        """The device no longer answers; `points` of it are unknown. KeyError for a device that the room does not have."""
        return self._tell_device(device, True, points, wall, mono)

    def device_back(self, device: str, wall: int, mono: float) -> Sequence[Alarm]:
        """The device answers again."""
        return self._tell_device(device, False, 0, wall, mono)

    def bus_lost(self, bus: str, detail: str, points: int, wall: int, mono: float) -> Sequence[Alarm]:
        """The wire is gone. `detail` is a Reason's value; it and `points` are those of the first call until the bus is back."""
        changes = self._elapsed(wall, mono)
        self._wire_gone[bus] = True
        return self._tell_bus(bus, True, detail, points, wall, mono, changes)

    def bus_back(self, bus: str, wall: int, mono: float) -> Sequence[Alarm]:
        """The wire is open again."""
        changes = self._elapsed(wall, mono)
        self._wire_gone[bus] = False
        condition = self._conditions[f"bus:{bus}#lost"]
        if not (condition.subject in self._unproven and condition.detail == Reason.NO_ANSWER):
            changes = self._judge_bus(bus, wall, mono, changes)  # else it was lost with its wire open: only an answer says that it is back
        return changes

    def station(self, key: str, cause: Cause, level: Level, detail: str, present: bool, wall: int, mono: float) -> Sequence[Alarm]:
        """A trouble of the station itself ("station#recording"): raised and returned without delay; at another level it returns and is
        raised again, as by `trouble`."""
        changes = self._elapsed(wall, mono)
        condition = self._conditions.get(key) or self._add(Condition(key, "station", cause, level, 0.0, 0.0))
        if present and condition.standing and condition.level is not level:
            changes = (*changes, *self._turn(condition, wall, mono))
        if present:
            condition.level = level
        if present and not condition.standing:
            condition.detail = detail
        return self._present(condition, present, wall, mono, changes)

    def trouble(
        self, key: str, subject: str, cause: Cause, level: Level, detail: str, present: bool, wall: int, mono: float, points: int = 0
    ) -> Sequence[Alarm]:
        """A device (or several of a bus: `subject`) waits for its admission, or its sensors fail, or no longer so. `detail` may change
        while it stands; at another level it returns and is raised again, so that nobody has acknowledged the worse by the milder."""
        changes = self._elapsed(wall, mono)
        condition = self._conditions.get(key) or self._add(Condition(key, subject, cause, level, 0.0, 0.0))
        if present and condition.standing and condition.level is not level:
            changes = (*changes, *self._turn(condition, wall, mono))
        if present:
            condition.level = level
        if present and condition.standing and condition.alarm is not None and condition.detail != detail:
            condition.detail = detail
            changes = (*changes, self._keep(condition, condition.alarm.with_state(condition.alarm.state, detail=detail)))
        elif present:
            condition.detail = detail
        condition.points = points
        return self._present(condition, present, wall, mono, changes)

    def restore(self, alarms: Iterable[Alarm], wall: int) -> Sequence[Alarm]:
        """Put the open occurrences of a former run back, before anything else is called; delays start anew.

        Whether a condition still holds is unknown until a reading, an answer or a call says so. One whose limit or device is no
        longer in the room can never be seen to return, so it returns here; one whose level is another by now returns and is raised
        again, as by `exchange`. What was hidden stays so until `settle`.
        """
        changes: Sequence[Alarm] = _NOTHING
        watched = {*self._bus_of, *(f"bus:{bus}" for bus in self._devices_on)}
        wide = {one.key for many in self._together.values() for one in many}
        for alarm in alarms:
            known = self._conditions.get(alarm.key)
            if known is None:
                known = self._add(Condition(alarm.key, alarm.subject, alarm.cause, alarm.level, 0.0, 0.0))
            known.alarm = alarm
            known.value = alarm.value
            if alarm.key not in wide:
                known.detail, known.points = alarm.detail, alarm.points
            self._by_id[alarm.id] = known
            if alarm.under:
                self._covers.remember(alarm.key, alarm.under, alarm.level)
            if alarm.cause in (Cause.DEVICE_LOST, Cause.BUS_LOST) and alarm.subject in watched:
                self._unproven.add(alarm.subject)
            elif (
                alarm.standing and alarm.key not in wide and known.limit is None and alarm.subject != "station" and alarm.cause not in TOLD
            ):
                changes = (*changes, *self._turn(known, wall, -math.inf))
            if alarm.standing and known.standing:
                self._ages[alarm.key] = (wall - alarm.raised) / 1000
                if known.level is not alarm.level:
                    changes = (*changes, *self._turn(known, wall, -math.inf), *self._turn(known, wall, -math.inf))
        return changes

    def settle(self, mono: float) -> Sequence[Alarm]:
        """All shelves and times out of service of the former run have been told: what is hidden no longer comes back."""
        for key, age in self._ages.items():
            condition = self._conditions[key]
            self._covers.stood(key, condition.subject, condition.level, mono - age)
        self._ages = {}
        self._covers.settle(mono)
        return self._cover([condition.key for condition in self._by_id.values()])

    def _prove(self, reading: Reading, wall: int, mono: float) -> Sequence[Alarm]:
        """A device that answers is not lost, and neither is its bus, whatever a former run left."""
        if not reading.usable and reading.reason not in _ANSWERS:
            return _NOTHING
        device = self._device_of[reading.point]
        bus = self._bus_of[device]
        changes: Sequence[Alarm] = _NOTHING
        if f"bus:{bus}" in self._unproven:
            changes = self._tell_bus(bus, False, "", 0, wall, mono, self._elapsed(wall, mono))
        if device in self._unproven:
            changes = (*changes, *self._tell_device(device, False, 0, wall, mono))
        return changes

    def _tell_device(self, device: str, lost: bool, points: int, wall: int, mono: float) -> Sequence[Alarm]:
        changes = self._elapsed(wall, mono)
        condition = self._conditions[f"{device}#lost"]
        self._unproven.discard(device)
        if lost and not condition.standing:
            condition.points = points
        condition.present = lost
        bus = self._bus_of[device]
        if not self._wire_gone[bus] and (self._is_cut(bus) or f"bus:{bus}" not in self._unproven):
            changes = self._judge_bus(bus, wall, mono, changes)
        if self._is_lost(bus):
            return changes
        return self._present(condition, lost, wall, mono, changes)

    def _is_lost(self, bus: str) -> bool:
        condition = self._conditions[f"bus:{bus}#lost"]
        return condition.standing if condition.present is None else condition.present

    def _is_cut(self, bus: str) -> bool:
        devices = self._devices_on[bus]
        return len(devices) > 1 and all(device.present for device in devices)

    def _judge_bus(self, bus: str, wall: int, mono: float, changes: Sequence[Alarm]) -> Sequence[Alarm]:
        """Its wire is open: is the line behind it cut?"""
        cut = self._is_cut(bus)
        if cut is self._conditions[f"bus:{bus}#lost"].present:
            return changes
        points = sum(device.points for device in self._devices_on[bus])
        return self._tell_bus(bus, cut, Reason.NO_ANSWER.value, points, wall, mono, changes)

    def _tell_bus(
        self, bus: str, lost: bool, detail: str, points: int, wall: int, mono: float, changes: Sequence[Alarm]
    ) -> Sequence[Alarm]:
        condition = self._conditions[f"bus:{bus}#lost"]
        self._unproven.discard(condition.subject)
        if lost and not condition.present:
            condition.detail, condition.points = detail, points
        changes = self._present(condition, lost, wall, mono, changes)
        for device in self._devices_on[bus]:
            if lost:
                self._time(device, False, mono)
            elif device.present is not None:
                changes = self._present(device, device.present, wall, mono, changes)
        for one in self._together.get(bus, ()):
            wide = self._conditions[one.key]
            changes = self._present(wide, not any(self._is_there(other, wide) for other in one.buses), wall, mono, changes)
        return changes

    def _is_there(self, bus: str, wide: Condition) -> bool:
        """Does this bus speak against the alarm of all of them? One of which nothing has been heard since the start speaks for what was."""
        condition = self._conditions[f"bus:{bus}#lost"]
        return not (condition.standing or wide.standing) if condition.present is None else not condition.present

    def _judge(self, condition: Condition, reading: Reading, wall: int, mono: float, changes: Sequence[Alarm]) -> Sequence[Alarm]:
        """What a reading says of a limit; one that cannot be used says nothing."""
        if condition.since is not None:
            changes = self._elapse(condition, wall, mono, changes)
        value = reading.value
        if value is None or isinstance(value, str) or not reading.usable:
            wanted = False
        else:
            condition.value = value
            wanted = condition.would_turn(value)
        if wanted or condition.since is not None:
            self._time(condition, wanted, mono)
            changes = self._elapse(condition, wall, mono, changes)
        return changes

    def _drop(self, condition: Condition, wall: int, mono: float, changes: Sequence[Alarm]) -> Sequence[Alarm]:
        """The limit is no longer there: its alarm has returned, and nothing can raise it."""
        self._time(condition, False, mono)
        if condition.standing:
            changes = (*changes, *self._turn(condition, wall, mono))
        if condition.alarm is None:
            del self._conditions[condition.key]
        return changes

    def _reset(self, condition: Condition, limit: Limit, wall: int, mono: float, changes: Sequence[Alarm]) -> Sequence[Alarm]:
        """Another limit under the same id."""
        self._time(condition, False, mono)
        level, condition.limit = condition.level, limit
        condition.level, condition.on_delay, condition.off_delay = limit.level, limit.on_delay, limit.off_delay
        if condition.standing and limit.level is not level:
            changes = (*changes, *self._turn(condition, wall, mono), *self._turn(condition, wall, mono))
        return changes

    def _present(self, condition: Condition, present: bool, wall: int, mono: float, changes: Sequence[Alarm]) -> Sequence[Alarm]:
        condition.present = present
        self._time(condition, present is not condition.standing, mono)
        return self._elapse(condition, wall, mono, changes)

    def _time(self, condition: Condition, wanted: bool, mono: float) -> None:
        """Start the delay of a change that is wanted, or stop it."""
        if not wanted:
            condition.since = None
            self._timed.pop(condition.key, None)
        elif condition.since is None:
            condition.since = mono
            self._timed[condition.key] = condition

    def _elapse(self, condition: Condition, wall: int, mono: float, changes: Sequence[Alarm]) -> Sequence[Alarm]:
        """The changes so far, and the turn of this condition if its delay has ended."""
        ends = condition.ends
        if mono < ends:
            return changes
        self._time(condition, False, mono)
        at = wall - round((mono - ends) * 1000)
        changes = (*changes, *self._turn(condition, at, ends))
        if condition.cause is Cause.BUS_LOST and condition.standing:
            for device in self._devices_on[condition.subject.removeprefix("bus:")]:
                if device.standing:
                    changes = (*changes, *self._turn(device, at, ends))
        return changes

    def _turn(self, condition: Condition, at: int, mono: float) -> Sequence[Alarm]:
        """The condition came or went at this time, and what that means for the consequences of alarms."""
        alarm = condition.alarm
        if alarm is not None and alarm.standing:
            self._covers.goes(condition.key, mono)
            return (self._keep(condition, alarm.with_state(after(alarm.state, Event.LEAVES, latches=condition.latches), returned=at)),)
        below = self._covers.comes(condition.key, condition.subject, condition.level, mono)
        came = condition.raise_alarm(uuid7(at), at) if alarm is None else condition.raise_again(alarm)
        came = self._keep(condition, _under(came, self._covers.of(condition.key, condition.subject)))
        return (came, *self._inherit(condition, came, at), *self._cover(below))

    def _keep(self, condition: Condition, alarm: Alarm) -> Alarm:
        if alarm.open:
            condition.alarm = alarm
            self._by_id[alarm.id] = condition
        else:
            condition.alarm = None
            del self._by_id[alarm.id]
            self._covers.ended(condition.key)
        return alarm

    def _inherit(self, condition: Condition, alarm: Alarm, at: int) -> Sequence[Alarm]:
        """A consequence of what has been acknowledged is acknowledged by the same person, not before this UTC ms."""
        cause = self._alarm_of(alarm.under) if alarm.under and alarm.unseen else None
        if cause is None or cause.acknowledged is None:
            return _NOTHING
        return self._seen(condition, alarm, cause, at)

    def _seen(self, condition: Condition, alarm: Alarm, cause: Alarm, at: int) -> Sequence[Alarm]:
        assert cause.acknowledged is not None
        time = max(cause.acknowledged, at)
        seen = self._keep(condition, acknowledged(alarm, cause.actor or "", cause.actor_name or "", time))
        return (seen, *self._seen_below(seen))

    def _seen_below(self, cause: Alarm) -> Sequence[Alarm]:
        """An acknowledged cause: what lies under it has been acknowledged by the same person, and only what stands goes on to lie there."""
        changes: Sequence[Alarm] = _NOTHING
        freed = []
        for key in self._covers.lying_under(cause.key):
            condition = self._conditions[key]
            if condition.alarm is not None and condition.alarm.unseen:
                changes = (*changes, *self._seen(condition, condition.alarm, cause, condition.alarm.raised))
            if not self._covers.holds(cause.key):
                self._covers.free(key)
                freed.append(key)
        return (*changes, *self._cover(freed))

    def _keys_of(self, subjects: Collection[str]) -> list[str]:
        return [key for key, condition in self._conditions.items() if condition.subject in subjects]

    def _brings_nothing(self, causes: Iterable[str]) -> Sequence[Alarm]:
        """A person has hidden these: what lay under them stands there as it is."""
        return self._cover(self._covers.brings_nothing(causes), news=False)

    def _cover(self, keys: Iterable[str], person: tuple[str, str, int] | None = None, *, news: bool = True) -> Sequence[Alarm]:
        """Lay over the occurrences of these conditions what lies over them now. `person` (id, name, UTC ms) is who uncovered them;
        `news`: what a former acknowledge said of them no longer counts when they are uncovered by nobody."""
        changes: Sequence[Alarm] = _NOTHING
        for key in keys:
            condition = self._conditions.get(key)
            alarm = None if condition is None else condition.alarm
            if condition is None or alarm is None:
                continue
            covered = _under(alarm, self._covers.of(key, condition.subject))
            if covered.hidden is None and alarm.hidden is not None and (news or person is not None):
                covered = _uncovered(covered, person)
            if covered != alarm:
                changes = (*changes, self._keep(condition, covered))
            changes = (*changes, *self._inherit(condition, covered, covered.raised))
        return changes


def acknowledged(alarm: Alarm, actor: str, actor_name: str, wall: int) -> Alarm:
    """The occurrence, acknowledged by this person at this UTC ms."""
    state = after(alarm.state, Event.ACKNOWLEDGED)
    return alarm.with_state(state, acknowledged=wall, actor=actor, actor_name=actor_name)


def _under(alarm: Alarm, cover: Cover | None) -> Alarm:
    hidden, until, under = cover if cover is not None else (None, None, "")
    return alarm.with_state(alarm.state, hidden=hidden, hidden_until=until, under=under)


def _uncovered(alarm: Alarm, person: tuple[str, str, int] | None) -> Alarm:
    """Nothing lies over it any more."""
    if person is None:
        state = after(alarm.state, Event.RELEASED)
        if state is alarm.state:
            return alarm
        return alarm.with_state(state, acknowledged=None, actor=None, actor_name=None)
    if not alarm.unseen:
        return alarm
    actor, actor_name, wall = person
    return alarm.with_state(after(alarm.state, Event.TAKEN_BACK), acknowledged=wall, actor=actor, actor_name=actor_name)
