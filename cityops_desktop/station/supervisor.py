"""Starts the station proper, watches its heartbeat and restarts it when it falls. Standard library only; touches no wire and no store.

It also watches that every known window of a console goes on painting (`watch.py`), tells the station which do not, and sounds its
own horn (`horn.py`) for them, for a station that does not come back, and for alarms where no console stands that would sound. The relays
of the declared alarm outputs it leaves to a process of their own (`relief.py`), which it starts when the station has fallen, tells when
the fall is a matter for a person, and ends before the station takes up its wires again.

The station writes one JSON line a second to its standard output ({"event": "beat"}), which says what consoles told and what people
said of the horn. Its standard input is held open for lines of ours ({"frozen": {id: name}}), and closing it is the order to stop,
on every system alike. A station whose supervisor dies therefore stops by itself.
"""

import json
import logging
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from cityops_desktop.link import files
from cityops_desktop.station.horn import PLAYERS, Horn
from cityops_desktop.station.watch import ConsoleWatch

log = logging.getLogger(__name__)

SILENCE_SECONDS = 10.0
START_SECONDS = 60.0
STOP_SECONDS = 15.0
HEALTHY_SECONDS = 60.0
DOWN_SECONDS = 7.0
"""A station that has run and is not ready again after so long is a matter for a person: the horn, and the alarm outputs."""
RELIEF_SECONDS = 3.0
"""So long after a fall the process for the outputs is started, which needs a while to read the room and to listen on its lines."""
RELIEF_PAUSE = 10.0
"""When it has ended by itself it is started again so much later."""
BEATS_SECONDS = 3.0
"""A station whose beats are older hears no console: nobody is judged."""
ASLEEP_SECONDS = 2.0
"""A turn of a tenth of a second that took so long: the machine or we ourselves were stopped, and so may be what the station said."""
PAUSES = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
FINAL_CODES = frozenset({0, 2, 3, 4, 6})
"""Exit codes after which a restart would change nothing: stopped, usage, configuration, in use, store. Only at the first start: what
has run once may have met a disk that is full or a file that is being edited just now, and the room must not stay unwatched. Where nobody
is told the code (`stay`), that holds for a directory in which a station has ever run: a service that has given up is a silent room."""
RECONFIGURED = 10
"""Exit code of a station that somebody gave another configuration: it starts anew at once, and has not fallen."""


class Supervisor:
    """One station process after the other. `command` is the station's command line, to which the count of restarts is added."""

    def __init__(
        self,
        command: Sequence[str],
        announce: Callable[[dict[str, object]], None],
        *,
        data: Path | None = None,
        players: Sequence[Sequence[str]] = PLAYERS,
        relief: Sequence[str] = (),
        stay: bool = False,
    ) -> None:
        """`data` is the data directory, where the known consoles are kept; `relief` the command line of what drives the outputs; `stay`:
        no person and no program is told the exit code at once, so a station that has run here before is not given up."""
        self._command = list(command)
        self._announce = announce
        self._data = data
        self._watch = ConsoleWatch(data, time.monotonic())
        self._horn = Horn(lambda: self._tell({"event": "horn_mute"}), players)
        self._beats: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._child: subprocess.Popen[str] | None = None
        self._last_beat: dict[str, Any] = {}
        self._beat_at = 0.0
        self._down_since: float | None = None
        self._down_told = False
        self._relief = Relief(relief if data is not None and relief else None, data)
        self._stop = threading.Event()
        self._last_line = 0.0
        self._ready = False
        self._reconfiguration = "configuration"
        self._stay = stay
        self._elsewhere = False
        self._refusal: int | None = None

    def stop(self, *_: object) -> None:
        """Order a clean stop; returns at once."""
        self._stop.set()

    def run(self) -> int:
        """Keep a station running until it is ordered to stop or a restart would not help; returns the station's exit code."""
        try:
            return self._run()
        finally:
            self._horn.stop()
            self._relief.end()
            self._note_refusal(None)

    def _run(self) -> int:
        known = self._data is not None and (self._data / files.TOKEN).exists()
        self._note_refusal(None)
        if known:  # a station has run here: this one is missed, too
            self._down_since = time.monotonic() + START_SECONDS - DOWN_SECONDS
        restarts, reason, failures, ran = 0, "", 0, False
        while True:
            started = time.monotonic()
            code, reason = self._one_life(restarts, reason)
            ran = ran or self._ready
            if code == RECONFIGURED and not self._stop.is_set():
                reason = self._reconfiguration
                continue
            refused = code in FINAL_CODES and not ran
            if self._stop.is_set() or code == 0 or (refused and not (known and self._stay and not self._elsewhere)):
                return code if code in FINAL_CODES else 0
            if refused:
                self._refused(code)
            failures = 0 if time.monotonic() - started > HEALTHY_SECONDS else failures + 1
            restarts += 1
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            log.warning("the station fell (%s); restart %d in %.1f s", reason, restarts, pause)
            self._tell({"event": "restarting", "reason": reason, "restarts": restarts})
            over = time.monotonic() + pause
            while time.monotonic() < over:
                self._look()
                if self._stop.wait(min(0.1, pause)):
                    return 0

    def _refused(self, code: int) -> None:
        """The station of a room that was watched says that it will not start: a matter for a person, at once, and why stands at the
        consoles of this machine."""
        now = time.monotonic()
        self._down_since = now if self._down_since is None else min(self._down_since, now)
        if code != self._refusal:
            self._note_refusal(code)
            self._tell({"event": "not_starting", "code": code})

    def _note_refusal(self, code: int | None) -> None:
        self._refusal = code
        if self._data is None:
            return
        path = self._data / files.NOT_STARTING
        try:
            if code is None:
                path.unlink(missing_ok=True)
            else:
                files.write_private(path, f"{code}\n")
        except OSError as error:
            log.warning("consoles cannot be told why there is no station: %s", error)

    def _one_life(self, restarts: int, reason: str) -> tuple[int, str]:
        command = [*self._command, "--restarts", str(restarts), "--restart-reason", reason]
        if reason and reason == self._reconfiguration:
            command.append("--reconfigured")
        self._ready, self._last_line = False, time.monotonic()
        try:
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", errors="replace")
        except OSError as error:
            return 1, str(error)
        reader = threading.Thread(target=self._read, args=(child,), name="supervisor-reader", daemon=True)
        reader.start()
        self._child = child
        verdict, turn = "", time.monotonic()
        while child.poll() is None:
            turn, before = time.monotonic(), turn
            if turn - before > ASLEEP_SECONDS:
                self._last_line = turn
            silent = turn - self._last_line
            if self._stop.is_set():
                self._end(child)
                break
            if silent > (SILENCE_SECONDS if self._ready else START_SECONDS):
                verdict = f"no heartbeat for {silent:.0f} s"
                child.kill()
                child.wait()
                break
            self._look()
            self._stop.wait(0.1)
        code = child.wait()
        self._child = None
        self._down_since = time.monotonic() if self._ready else self._down_since
        self._relief.fell()
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
            if event.get("event") == "wires":
                self._relief.end()  # at once, on this thread: the station is about to speak on its lines
                continue
            if event.get("event") == "elsewhere":
                self._elsewhere = True
                continue
            if event.get("event") == "ready":
                self._ready = True
            if event.get("event") == "reconfiguring":
                self._reconfiguration = f"configuration {event.get('version')}"
            if event.get("event") in ("ready", "beat"):
                self._beats.put(event)
            if event.get("event") != "beat":
                self._tell(event)

    def _look(self) -> None:
        """Ten times a second: consoles and the horn."""
        now = time.monotonic()
        before = self._watch.frozen
        events: list[dict[str, object]] = []
        again = False
        while not self._beats.empty():
            beat = self._beats.get()
            if now - self._beat_at > BEATS_SECONDS:
                self._watch.station_slow(now)
            self._beat_at = now
            if beat["event"] == "ready":
                self._down_since, self._down_told, again = None, False, True
                if self._refusal is not None:
                    self._note_refusal(None)
                self._watch.station_back(now)
            else:
                self._last_beat = beat
                events += self._watch.hear(_list(beat, "consoles"), _list(beat, "goodbyes"), now, set(map(str, _list(beat, "voices"))))
        if now - self._beat_at < BEATS_SECONDS and self._child is not None:
            events += self._watch.judge(now, self._seen())
        for event in events:
            log.warning("%s: %s", str(event["event"]).replace("_", " "), event["name"])
            self._tell(event)
        if again or self._watch.frozen != before:
            self._order({"frozen": self._watch.frozen})
        if self._down_since is not None:
            self._relief.tick(now - self._down_since, now)
        self._horn.tick(self._loud(now), now)

    def _loud(self, now: float) -> bool:
        down = self._down_since is not None and now - self._down_since > DOWN_SECONDS
        if down and not self._down_told:
            self._down_told = True
            log.error("the station has not come back for %.0f s", DOWN_SECONDS)
            self._tell({"event": "station_down", "seconds": DOWN_SECONDS})
        if self._data is not None and files.horn_silenced(self._data):
            return False
        if self._last_beat.get("silenced") and self._down_since is None:
            return down
        unseen = set(self._watch.frozen) - self._seen()
        unheard = self._down_since is None and bool(self._last_beat.get("loud")) and not self._watch.voices()
        return down or bool(unseen) or unheard

    def _seen(self) -> set[str]:
        """The frozen windows whose alarm a person has acknowledged."""
        return set(map(str, _list(self._last_beat, "seen")))

    def _order(self, order: dict[str, object]) -> None:
        if self._child is None or self._child.stdin is None:
            return
        try:
            self._child.stdin.write(json.dumps(order) + "\n")
            self._child.stdin.flush()
        except (OSError, ValueError) as error:
            log.info("the station could not be told: %s", error)

    def _tell(self, event: dict[str, object]) -> None:
        """Whoever listened may have gone (a closed terminal, `| head`): the station is watched all the same."""
        try:
            self._announce(event)
        except OSError as error:
            log.warning("nobody takes the news %s: %s", event, error)


class Relief:
    """The process that drives the alarm outputs while no station does. `tick` on the supervisor's thread, `end` on any."""

    def __init__(self, command: Sequence[str] | None, data: Path | None) -> None:
        self._command = command
        self._data = data
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._told = False
        self._next = 0.0
        self._ended = False
        """The station speaks on its wires, or has done so since its fall was noticed."""

    def fell(self) -> None:
        """The station has let go of its wires."""
        with self._lock:
            self._ended = False

    def tick(self, down: float, now: float) -> None:
        """The station has been down for so many seconds. `now` is monotonic."""
        with self._lock:
            if self._ended or self._command is None or self._data is None:
                return
            if self._child is not None and self._child.poll() is not None:
                log.warning("what drives the alarm outputs ended with code %d", self._child.returncode)
                self._drop()
                self._next = now + RELIEF_PAUSE
            if self._child is None and down > RELIEF_SECONDS and now >= self._next and files.outputs_declared(self._data):
                self._start(now)
            if self._child is not None and not self._told and down > DOWN_SECONDS:
                self._told = True
                self._say()

    def end(self) -> None:
        """At once: the station takes its wires up, or nobody is to drive anything any more."""
        with self._lock:
            self._ended = True
            if self._child is not None:
                self._child.kill()
                self._child.wait()
                self._drop()

    def _start(self, now: float) -> None:
        assert self._command is not None
        try:
            self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            self._told = False
        except OSError as error:
            log.error("the alarm outputs are not driven: %s", error)
            self._next = now + RELIEF_PAUSE

    def _say(self) -> None:
        assert self._child is not None and self._child.stdin is not None
        try:
            self._child.stdin.write(b"sound\n")
            self._child.stdin.flush()
        except OSError as error:
            log.info("what drives the alarm outputs could not be told: %s", error)

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.stdin is not None:
            try:
                child.stdin.close()
            except OSError:  # what could not be told it any more
                log.debug("it had ended")


def _list(beat: dict[str, Any], key: str) -> list[Any]:
    told = beat.get(key)
    return told if isinstance(told, list) else []


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name
        return str(number)


def supervise(
    command: Sequence[str],
    announce: Callable[[dict[str, object]], None],
    *,
    data: Path | None = None,
    until_eof: bool = False,
    relief: Sequence[str] = (),
) -> int:
    """Run a supervisor in this process until SIGTERM, Ctrl-C or, if wished, the end of standard input; returns the exit code.

    At a terminal a person reads why it does not start; who holds our standard input is a program that waits for the exit code."""
    stay = not until_eof and not sys.stdout.isatty()
    supervisor = Supervisor(command, announce, data=data, relief=relief, stay=stay)

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
