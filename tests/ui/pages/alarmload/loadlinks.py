"""What a station answers about the load of alarms in the made room, reckoned by the code that reckons real ones; a link that tells it."""

import random
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from cityops_desktop.history.statistics.alarmload import Activation, load
from cityops_desktop.history.statistics.periods import Period
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.alarmload import AlarmLoadInfo, LoadActor, LoadFigure, LoadFlood
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Level
from tests.ui.rooms import NOW
from ui.models.room import RoomModel

DAY_MS = 86_400_000


def activations(model: RoomModel, days: int, *, bad: bool) -> list[Activation]:
    """Some an hour; `bad`: one condition chatters, two are stale, a flood each week, some are shelved, one is a test."""
    dice = random.Random(5)
    limits = [(point, limit) for point in model.points.values() for limit in point.limits]
    found = []
    for _ in range(days * 24 * (4 if bad else 1)):
        point, limit = limits[min(int(dice.expovariate(0.15)), len(limits) - 1)]
        raised = NOW - dice.randrange(days * DAY_MS)
        level = Level(limit.level) if bad else Level(dice.choices((1, 2, 3, 4), (3, 13, 44, 40))[0])
        key = f"{point.key}#{limit.id}"
        found.append(Activation(key, point.key, level, raised, raised + dice.randrange(90_000, 4_000_000)))
    if not bad:
        return found
    keys = [(f"{point.key}#{limit.id}", point.key) for point, limit in limits]
    yesterday, begin = NOW - DAY_MS, (NOW - 2 * DAY_MS) // 600_000 * 600_000
    for n in range(24):
        found.append(Activation(*keys[0], Level.MAJOR, yesterday + n * 15_000, yesterday + n * 15_000 + 6000))
    found += [Activation(*key, Level.MINOR, NOW - 3 * DAY_MS, None) for key in keys[20:22]]
    found += [Activation(*key, Level.MINOR, NOW - 2 * DAY_MS + n, None, "hidden") for n, key in enumerate(keys)]
    found += [Activation(*key, Level.MAJOR, begin + n * 9000, begin + 10**6) for n, key in enumerate(keys[:60])]
    found.append(Activation(*keys[1], Level.CRITICAL, NOW - 5000, None, "test"))
    return found


def told(model: RoomModel, start: int, end: int, *, bad: bool = True, since: int = 0) -> AlarmLoadInfo:
    """The answer for a span; a station ran `since` then."""
    days = max(1, min(31, (end - start) // DAY_MS))
    found = load(activations(model, days, bad=bad), Period(start, end), [Period(max(start, since), NOW)], NOW)
    return AlarmLoadInfo(
        now=NOW,
        post="",
        start=start,
        end=end,
        zone="Asia/Shanghai",
        hours=found.hours,
        enough_days=30,
        provisional=found.provisional,
        cut=False,
        alarms=found.alarms,
        hidden=found.hidden,
        tests=found.tests,
        this_hour=found.this_hour,
        figures=[LoadFigure(**one._asdict(), met=one.met) for one in found.figures],
        floods=[LoadFlood(**one._asdict()) for one in found.floods],
        actors=[LoadActor(**one._asdict()) for one in found.actors],
    )


class LoadLink(QObject):
    """`asked`: every question."""

    sessionChanged = Signal()

    def __init__(self, model: RoomModel, *, bad: bool = True, since: int = 0) -> None:
        super().__init__()
        self.model, self.bad, self.since = model, bad, since
        self.session = None
        self.asked: list[dict[str, Any]] = []
        self.refused = ""

    def ask(self, path: str, kind: type, callback: Callable[[Any], None], query: dict[str, Any] | None = None, *, wait_ms: int = 0) -> None:
        self.asked.append(dict(query or {}))
        if self.refused:
            callback(CommandResult(id="", outcome=Outcome.REFUSED, code=self.refused))
        else:
            callback(told(self.model, (query or {})["from"], (query or {})["to"], bad=self.bad, since=self.since))
