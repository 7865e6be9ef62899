"""A link that knows the past: what stood and what was in force at any time, answered at once or when a test lets it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.link.pastalarms import AlarmsThen
from cityops_desktop.model.envelope import Past, Strip, samples
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason


def sample(time: int, value: float, quality: Quality = Quality.GOOD, reason: Reason | None = None) -> Strip:
    code = np.array([QUALITY_CODES[quality]], np.uint8)
    return samples(np.array([time], np.int64), np.array([value]), code, np.array([1], np.uint8), ((None, ""), (reason, "")))


class Then:
    """A link that knows the past: `strips` by key, `alarms` of each time. Answers wait in `waiting` while it is `held`."""

    def __init__(self) -> None:
        self.strips: dict[str, Callable[[int], Strip]] = {}
        self.alarms: Callable[[int], list[AlarmInfo]] = lambda time: []
        self.deaf: set[str] = set()
        self.held = False
        self.asked: list[tuple[int, list[str]]] = []
        self.alarm_times: list[int] = []
        self.waiting: list[Callable[[], None]] = []

    def history_at(self, keys: list[str], time: int, callback: Callable[[Past | None], None]) -> None:
        self.asked.append((time, list(keys)))
        found = {key: self.strips[key](time) for key in keys if key in self.strips}
        self._answer(lambda: callback(None if self.deaf & set(keys) else Past(0, found)))

    def ask(
        self, path: str, kind: type[object], callback: Callable[..., None], query: Mapping[str, Any] | None = None, **how: object
    ) -> None:
        refused = CommandResult(id="", outcome=Outcome.REFUSED, code="busy")
        if kind is not AlarmsThen:  # what other parts of a window ask
            callback(refused)
            return
        assert path == "/api/v1/alarms/at" and query is not None
        time = int(query["time"])
        self.alarm_times.append(time)
        self._answer(lambda: callback(refused if "alarms" in self.deaf else AlarmsThen(time=time, alarms=self.alarms(time))))

    def _answer(self, answer: Callable[[], None]) -> None:
        if self.held:
            self.waiting.append(answer)
        else:
            answer()

    def let_go(self) -> None:
        self.held = False
        while self.waiting:
            self.waiting.pop(0)()
