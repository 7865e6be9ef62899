"""Starts the station proper, watches its heartbeat and restarts it when it falls. Standard library only; touches no wire and no store.

The station writes one JSON line a second to its standard output ({"event": "beat"}); its standard input is held open, and closing
it is the order to stop, on every system alike. A station whose supervisor dies therefore stops by itself.
"""

import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

log = logging.getLogger(__name__)

SILENCE_SECONDS = 10.0
START_SECONDS = 60.0
STOP_SECONDS = 15.0
HEALTHY_SECONDS = 60.0
PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
FINAL_CODES = frozenset({0, 2, 3, 4, 6})
"""Exit codes after which a restart would change nothing: stopped, usage, configuration, in use, store. Only at the first start: what
has run once may have met a disk that is full or a file that is being edited just now, and the room must not stay unwatched."""


class Supervisor:
    """One station process after the other. `command` is the station's command line, to which the count of restarts is added."""

    def __init__(self, command: Sequence[str], announce: Callable[[dict[str, object]], None]) -> None:
        self._command = list(command)
        self._announce = announce
        self._stop = threading.Event()
        self._last_line = 0.0
        self._ready = False

    def stop(self, *_: object) -> None:
        """Order a clean stop; returns at once."""
        self._stop.set()

    def run(self) -> int:
        """Keep a station running until it is ordered to stop or a restart would not help; returns the station's exit code."""
        restarts, reason, failures, ran = 0, "", 0, False
        while True:
            started = time.monotonic()
            code, reason = self._one_life(restarts, reason)
            ran = ran or self._ready
            if self._stop.is_set() or code == 0 or (code in FINAL_CODES and not ran):
                return code if code in FINAL_CODES else 0
            failures = 0 if time.monotonic() - started > HEALTHY_SECONDS else failures + 1
            restarts += 1
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            log.warning("the station fell (%s); restart %d in %.1f s", reason, restarts, pause)
            self._tell({"event": "restarting", "reason": reason, "restarts": restarts})
            if self._stop.wait(pause):
                return 0

    def _one_life(self, restarts: int, reason: str) -> tuple[int, str]:
        command = [*self._command, "--restarts", str(restarts), "--restart-reason", reason]
        self._ready, self._last_line = False, time.monotonic()
        try:
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", errors="replace")
        except OSError as error:
            return 1, str(error)
        reader = threading.Thread(target=self._read, args=(child,), name="supervisor-reader", daemon=True)
        reader.start()
        verdict = ""
        while child.poll() is None:
            silent = time.monotonic() - self._last_line
            if self._stop.is_set():
                self._end(child)
                break
            if silent > (SILENCE_SECONDS if self._ready else START_SECONDS):
                verdict = f"no heartbeat for {silent:.0f} s"
                child.kill()
                child.wait()
                break
            self._stop.wait(0.1)
        code = child.wait()
        reader.join(2)
        if child.stdin:
            child.stdin.close()
        if child.stdout and not reader.is_alive():
            child.stdout.close()
        if not verdict:
            verdict = f"signal {_signal_name(-code)}" if code < 0 else f"exit code {code}"
        return code, verdict

    def _end(self, child: "subprocess.Popen[str]") -> None:
        if child.stdin:
            child.stdin.close()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("the station did not stop within %.0f s and was killed", STOP_SECONDS)
            child.kill()

    def _read(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdout is not None
        for line in child.stdout:
            self._last_line = time.monotonic()
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if not isinstance(event, dict):
                log.warning("the station printed: %r", line.rstrip())
                continue
            if event.get("event") == "ready":
                self._ready = True
            if event.get("event") != "beat":
                self._tell(event)

    def _tell(self, event: dict[str, object]) -> None:
        """Whoever listened may have gone (a closed terminal, `| head`): the station is watched all the same."""
        try:
            self._announce(event)
        except OSError as error:
            log.warning("nobody takes the news %s: %s", event, error)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name
        return str(number)


def supervise(command: Sequence[str], announce: Callable[[dict[str, object]], None], *, until_eof: bool = False) -> int:
    """Run a supervisor in this process until SIGTERM, Ctrl-C or, if wished, the end of standard input; returns the exit code."""
    supervisor = Supervisor(command, announce)

    def stop(_number: int, _frame: FrameType | None) -> None:
        supervisor.stop()

    if until_eof:
        threading.Thread(target=_stop_at_eof, args=(supervisor,), name="supervisor-stdin", daemon=True).start()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    return supervisor.run()


def _stop_at_eof(supervisor: Supervisor) -> None:
    sys.stdin.read()
    supervisor.stop()
