"""The JSON lines between the station proper and its supervisor: what is said on standard output, what is heard on standard input.

Decides nothing: what a line means for alarms or for the run is the caller's.
"""

import contextlib
import json
import logging
import os
import sys
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


def say(event: dict[str, object]) -> bool:
    """A line to the supervisor; False when nobody listens any more."""
    try:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        return False
    return True


def listen(heard: Callable[[bytes], None], ended: Callable[[], None]) -> None:
    """Call `heard` with each line of the supervisor and `ended` once at the end, which is the order to stop; both in a thread."""
    threading.Thread(target=_listen, args=(heard, ended), name="stdin", daemon=True).start()


def frozen(line: bytes) -> dict[str, str] | None:
    """The windows that have stopped painting, name by id: all of them. None for another line: a person at a terminal may have typed it."""
    try:
        return {str(key): str(name) for key, name in json.loads(line)["frozen"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        log.warning("not a line of the supervisor: %r", line[:200])
        return None


def _listen(heard: Callable[[bytes], None], ended: Callable[[], None]) -> None:
    rest = b""
    with contextlib.suppress(OSError, ValueError):
        while chunk := os.read(sys.stdin.fileno(), 4096):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in filter(None, lines):
                heard(line)
    ended()
