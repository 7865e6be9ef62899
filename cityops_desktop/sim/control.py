"""What another process may tell the simulator, line by line in JSON: hold a point, start and stop faults, story, speed. Opens nothing."""

import json
import os
import stat
import threading
from collections.abc import Callable, Mapping
from typing import Any

from cityops_desktop.clock import Clock
from cityops_desktop.errors import OperatorError
from cityops_desktop.sim.catalogue import check, fault_types
from cityops_desktop.sim.faults import Fault, FaultKind
from cityops_desktop.sim.plant import Plant

SPEEDS = (1.0, 60.0)
Answer = dict[str, Any]


class Control:
    """Carries orders out on a plant. `speed`: seconds of the room for each second of the clock on the wall."""

    def __init__(self, plant: Plant, clock: Clock, speed: float = 1.0) -> None:
        self._plant, self._clock = plant, clock
        self.speed = speed
        self._types = fault_types(plant.room)

    def answer(self, line: str) -> str:
        """Carry one line out; one line that says how it went (docs/demo.md)."""
        try:
            return json.dumps({"ok": True, "time": self._clock.wall(), **self.obey(json.loads(line))}, ensure_ascii=False)
        except OperatorError as error:
            problem = error.problems[0]
            told = {"what": problem.what, "do": problem.do, "params": dict(problem.params)}
            return json.dumps({"ok": False, "error": str(error), "problem": told}, ensure_ascii=False)
        except KeyError as error:
            return json.dumps({"ok": False, "error": f"no such point: {error.args[0]}"})
        except (ValueError, OverflowError, RecursionError) as error:
            return json.dumps({"ok": False, "error": str(error)})

    def obey(self, order: object) -> Answer:
        """One order. KeyError, ValueError, OperatorError for what cannot be."""
        match order:
            case {"set": str(key), "value": float() | int() | str() as value, **rest} if not rest:
                self._plant.hold(key, value)
            case {"release": str(key), **rest} if not rest:
                self._plant.release(key)
            case {"fault": "start", "kind": str(kind), **rest} if rest.keys() <= {"subject", "amount"}:
                return {"fault": self._start(kind, {str(key): value for key, value in rest.items()})}
            case {"fault": "stop", **rest} if rest.keys() <= {"kind", "subject"}:
                return {"stopped": self._stop(rest.get("kind"), rest.get("subject"))}
            case {"fault": "list", **rest} if not rest:
                return self._list()
            case {"fault": "kinds", **rest} if not rest:
                return {"kinds": self._kinds()}
            case {"story": bool(on), **rest} if not rest:
                self._plant.playing = on
            case {"speed": float() | int() as speed, **rest} if not rest and not isinstance(speed, bool):
                if not SPEEDS[0] <= speed <= SPEEDS[1]:
                    raise ValueError(f"the speed must be {SPEEDS[0]:g} to {SPEEDS[1]:g}")
                self.speed = float(speed)
            case _:
                raise ValueError('expected "set", "release", "fault": "start", "stop", "list" or "kinds", "story" or "speed"')
        return {}

    def _start(self, kind: str, more: Mapping[str, Any]) -> Answer:
        subject, amount = more.get("subject") or "", more.get("amount")
        if not isinstance(subject, str) or not (amount is None or isinstance(amount, float | int)):
            raise ValueError('"subject" is a text, "amount" a number')
        meant, subject, much = check(self._types, kind, subject, None if amount is None else float(amount))
        fault = Fault(meant, subject, much, self._clock.wall())
        self._plant.physics.faults.start(fault)
        return _told(fault)

    def _stop(self, kind: object, subject: object) -> int:
        """End every fault of a person's that this names; how many that were."""
        if kind is not None and kind not in [each.kind.value for each in self._types]:
            check(self._types, str(kind), "", None)
        faults = self._plant.physics.faults
        ended = [
            fault for fault in faults.ordered if kind in (None, fault.kind.value) and (subject in (None, "") or subject == fault.subject)
        ]
        for fault in ended:
            faults.stop(fault.kind, fault.subject)
        return len(ended)

    def _list(self) -> Answer:
        faults = self._plant.physics.faults
        return {
            "active": [_told(fault) for fault in faults.ordered],
            "played": [_told(fault) for fault in faults.played],
            "story": self._plant.playing,
            "speed": self.speed,
        }

    def _kinds(self) -> list[Answer]:
        return [
            {
                "kind": each.kind.value,
                "name": each.name,
                "hint": each.hint,
                "unit": each.unit,
                "usual": each.usual,
                "least": each.least,
                "most": each.most,
                "subjects": [{"id": subject, "zh": names.zh, "en": names.en} for subject, names in each.subjects],
            }
            for each in self._types
        ]


def _told(fault: Fault) -> Answer:
    return {"kind": FaultKind(fault.kind).value, "subject": fault.subject, "amount": fault.amount, "since": fault.since}


def is_pipe(descriptor: int) -> bool:
    """Does somebody hold the other end, so that its closing means "stop"? A terminal or /dev/null means nothing."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def listen(descriptor: int, heard: Callable[[str], object], ended: Callable[[], object]) -> threading.Thread:
    """Read lines from a descriptor in a daemon thread: `heard(line)` for each, `ended()` when the other side has closed it.

    It reads the descriptor itself: a thread waiting inside sys.stdin would hold its lock while the interpreter ends.
    """

    def read() -> None:
        rest = b""
        while data := os.read(descriptor, 65536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.strip():
                    heard(line.decode("utf-8", "replace"))
        ended()

    thread = threading.Thread(target=read, name="sim-control", daemon=True)
    thread.start()
    return thread
