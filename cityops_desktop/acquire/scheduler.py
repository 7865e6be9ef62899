"""Which request a bus sends next: earliest deadline first, silent devices in a back-off lane. Pure: never waits, never reads a clock."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cityops_desktop.model.drivers import Request, Result

MISSES = 2
"""Consecutive unanswered requests after which a device is silent: one miss is noise."""
FIRST_PROBE = 1.0
"""Seconds until a silent device is asked again; doubled by each miss."""
LAST_PROBE = 30.0
"""Longest wait between two questions to a silent device, so that a repaired one is back within half a minute."""
PROBE_GAP = 5.0
"""Seconds between two probes of a bus that has live devices: a time-out of 0.5 s then costs them at most a tenth of the line."""
BLIND_PROBE = 5.0
"""Longest wait between two questions to a device when the whole bus is silent: nobody else is harmed."""
IDLE = 60.0
"""What `next` answers when there is nothing to do at all, in seconds."""


@dataclass(slots=True)
class _Task:
    request: Request
    rank: int
    spread: float
    due: float
    fresh: bool = True
    elapsed: float = 0.0

    @property
    def deadline(self) -> float:
        return self.due + self.request.period


@dataclass(slots=True)
class _Health:
    tasks: list[_Task]
    misses: int = 0
    silent: bool = False
    wait: float = FIRST_PROBE
    probe_at: float = 0.0
    free: bool = False
    rested: float = -math.inf

    @property
    def interval(self) -> float:
        """Seconds between the beginnings of two questions that this device bears."""
        return max((task.request.interval for task in self.tasks), default=0.0)

    @property
    def probe(self) -> _Task:
        return min(self.tasks, key=lambda task: task.request.cost)


class Scheduler:
    """The plan of one bus. `next` gives the request to send or the seconds to wait, `done` takes what came of it.

    A request falls due each period, counted from its previous due time, so that nothing drifts; its deadline is the next due time.
    At first everything is due at once (and is not called late); the second round comes after half a period to a whole one, spread
    over the requests.
    A cycle that passed without a run is skipped and counted in `missed`. On a line that is loaded by U < 1 a request starts at most
    (sum of costs) / (1 - U) after it is due; on an overloaded one each request runs within two periods + one round of all.
    A device that must rest is passed over and keeps its deadlines, so that it is the first when it has rested: it then waits at most
    for a round of its own requests, an interval each, on top of that.
    """

    def __init__(self, requests: Sequence[Request], start: float, silent: Sequence[str] = ()) -> None:
        """`silent` names devices that are known not to answer."""
        ranks: dict[str, int] = {}
        self._health: dict[str, _Health] = {}
        for index, request in enumerate(requests):
            rank = ranks[request.device] = ranks.get(request.device, -1) + 1
            task = _Task(request, rank, 0.5 + 0.5 * (index + 1) / len(requests), start)
            self._health.setdefault(request.device, _Health([])).tasks.append(task)
        self._running: _Task | None = None
        self._last_probe = -math.inf
        for device in self._health.keys() & set(silent):
            self._health[device].silent = True
            self._probe_freely(self._health[device], start)
        self.silent: tuple[str, ...] = ()
        self._list_silent()
        self.missed = 0
        self.late_ms = 0.0

    @property
    def load(self) -> float:
        """How much of the line's time the live devices ask for, from what their requests last took; above 1 it is overloaded."""
        live = (task for health in self._health.values() if not health.silent for task in health.tasks)
        return sum((task.elapsed or task.request.cost) / task.request.period for task in live)

    def restart(self, now: float) -> None:
        """The wire was opened anew: everything is due, silent devices get one question at once and stay silent until they answer."""
        self._running = None
        for health in self._health.values():
            self._all_due(health.tasks, now)
            if health.silent:
                self._probe_freely(health, now)
            else:
                health.misses = 0

    def replan(self, device: str, requests: Sequence[Request], now: float) -> None:
        """This device is asked in another way from now on. A request of its old plan that is running still counts for its health.

        A new request falls due when the first of its points would have without it, and one of its periods from now at the latest: so a
        new plan alone is never a reason to ask at once, however often it comes.
        """
        health = self._health[device]
        old = {point: task for task in health.tasks for point in task.request.points}
        health.tasks = [self._taught(request, rank, old, now) for rank, request in enumerate(requests)]

    @staticmethod
    def _taught(request: Request, rank: int, old: Mapping[str, _Task], now: float) -> _Task:
        known = [old[point] for point in request.points if point in old]
        if len(known) < len(request.points) or any(task.fresh for task in known):
            return _Task(request, rank, 1.0, min((task.due for task in known if task.fresh), default=now))
        return _Task(request, rank, 1.0, min(now + request.period, *(task.due for task in known)), fresh=False)

    def hasten(self, device: str, now: float) -> None:
        """This device is asked next: what it says has just been changed. Its turns go on from there."""
        health = self._health.get(device)
        if health is None:
            return
        if health.silent:
            self._probe_freely(health, now)
        for task in health.tasks:
            task.due = min(task.due, now)

    def rest(self, device: str, now: float) -> float:
        """Seconds until this device bears the next question."""
        health = self._health.get(device)
        return 0.0 if health is None else max(0.0, health.rested - now)

    def asked(self, device: str, now: float) -> None:
        """Something that is none of its requests was begun to be asked of this device just now: it rests after that, too."""
        health = self._health.get(device)
        if health is not None:
            health.rested = now + health.interval

    def next(self, now: float) -> Request | float:
        """The request to send now, or the seconds until one is due (at most 60). Sets `late_ms`, how late this one starts."""
        best: _Task | None = None
        best_key = (math.inf, 0, 0)
        soonest = now + IDLE
        blind = len(self.silent) == len(self._health)
        for health in self._health.values():
            if health.silent:
                at = max(self._probe_time(health, blind), health.rested)
                if at > now:
                    soonest = min(soonest, at)
                elif (key := (at + (LAST_PROBE if health.free else PROBE_GAP), 0, 0)) < best_key:
                    best, best_key = health.probe, key
                continue
            for task in health.tasks:
                if (at := max(task.due, health.rested)) > now:
                    soonest = min(soonest, at)
                # after a miss the others go first: a dead device must not hold up the first round of the living
                elif (key := (task.deadline, health.misses, task.rank)) < best_key:
                    best, best_key = task, key
        if best is None:
            return soonest - now
        self._running = best
        chosen = self._health[best.request.device]
        chosen.rested = now + chosen.interval
        probing = chosen.silent
        if probing:
            self._last_probe = now
        self.late_ms = 0.0 if probing or best.fresh else (now - best.due) * 1000
        return best.request

    def done(self, result: Result, now: float) -> None:
        """What came of the request that `next` gave. `silent` names the devices that no longer answer."""
        task = self._running
        if task is None or task.request is not result.request:
            raise ValueError("a result for a request that is not running")
        self._running = None
        task.elapsed = result.elapsed
        health = self._health[result.request.device]
        if result.answered:
            if health.silent:
                self._restore(health, now)
            health.misses = 0
            self._advance(task, now)
        elif health.silent:
            health.wait = min(2 * health.wait, LAST_PROBE)
            health.probe_at = now + health.wait
            health.free = False
        else:
            self._advance(task, now)
            health.misses += 1
            if health.misses >= MISSES:
                self._demote(health, now)

    def _advance(self, task: _Task, now: float) -> None:
        period = task.request.period
        if task.fresh:
            task.fresh = False
            task.due = now + task.spread * period
        else:
            task.due += period
        skipped = int((now - task.due) // period)
        if skipped > 0:
            self.missed += skipped
            task.due += skipped * period

    def _demote(self, health: _Health, now: float) -> None:
        health.silent = True
        health.wait = FIRST_PROBE
        health.probe_at = now + FIRST_PROBE
        health.free = False
        self._list_silent()

    def _restore(self, health: _Health, now: float) -> None:
        blind = len(self.silent) == len(self._health)
        health.silent = False
        self._all_due(health.tasks, now)
        self._list_silent()
        if blind:
            # the whole line was cut and one answers again: the others are most likely back as well
            for other in self._health.values():
                if other.silent:
                    self._probe_freely(other, now)

    def _list_silent(self) -> None:
        self.silent = tuple(device for device, health in self._health.items() if health.silent)

    def _probe_time(self, health: _Health, blind: bool) -> float:
        if blind:
            return min(health.probe_at, health.probe_at - health.wait + BLIND_PROBE)
        return health.probe_at if health.free else max(health.probe_at, self._last_probe + PROBE_GAP)

    @staticmethod
    def _probe_freely(health: _Health, now: float) -> None:
        health.free = True
        health.wait = FIRST_PROBE
        health.probe_at = now

    @staticmethod
    def _all_due(tasks: Iterable[_Task], now: float) -> None:
        for task in tasks:
            task.due = now
            task.fresh = True
