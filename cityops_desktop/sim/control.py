"""JSON lines from another process that hold a point at a value and let it go again; the answer says when. Decides no value itself."""

import json
import os
import stat
import threading
from collections.abc import Callable

from cityops_desktop.clock import Clock
from cityops_desktop.sim.plant import Plant


def answer(line: str, plant: Plant, clock: Clock) -> str:
    """Carry one line out: {"set": "device.point", "value": 31.5} or {"release": "device.point"}.

    Answers {"ok": true, "time": UTC ms of the register's change} or {"ok": false, "error": why}, always one line.
    """
    try:
        match json.loads(line):
            case {"set": str(key), "value": float() | int() | str() as value, **rest} if not rest:
                plant.hold(key, value)
            case {"release": str(key), **rest} if not rest:
                plant.release(key)
            case _:
                raise ValueError('expected {"set": point, "value": value} or {"release": point}')
    except KeyError as error:
        return json.dumps({"ok": False, "error": f"no such point: {error.args[0]}"})
    except ValueError as error:
        return json.dumps({"ok": False, "error": str(error)})
    return json.dumps({"ok": True, "time": clock.wall()})


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
