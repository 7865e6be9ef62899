"""Which windows must be painting, and which have stopped: the supervisor's list, kept over restarts. Standard library only.

Pure but for its one small file: it is told what was heard and what time it is, and says what became of it. A window is known from
its first heartbeat until it says goodbye. While no station listens nobody can be heard, so nobody is judged either.
"""

import json
import logging
from collections.abc import Container, Iterable
from dataclasses import dataclass
from pathlib import Path

from cityops_desktop.link import files

log = logging.getLogger(__name__)

FROZEN_SECONDS = 10.0
"""A window paints every second; so long without one is not a busy machine any more."""
RETURN_SECONDS = 20.0
"""What a console is given after the station was away: it looks for it every 3 s at most, then it must paint and tell."""
BOOT_SECONDS = 180.0
"""The same after the machine was started: the desktop and its autostart come after the station."""
MOST_CONSOLES = 64
MOST_NEW = 16
NEW_SECONDS = 60.0
"""So many windows may become known at once, and one more in each such time: whoever makes names up cannot ring for all of them."""
FORGET_SECONDS = 86_400.0
"""A frozen window that a person has acknowledged, and that has been silent for so long, will not come back: it is expected no more."""
FILE = "consoles.json"


@dataclass(slots=True)
class _Window:
    name: str
    paints: int
    due: float
    frozen: bool = False
    since: float = 0.0
    """When it was found frozen."""
    voice: bool = False
    """It sounds in the room: not on another machine, not without a sound player."""


class ConsoleWatch:
    """`now` is monotonic seconds everywhere. Events are dicts with `event`, `console` and `name`."""

    def __init__(self, data: Path | None, now: float, boot: str | None = None) -> None:
        self._data = data
        self._boot = machine_start() if boot is None else boot
        self._windows: dict[str, _Window] = {}
        self._places, self._places_at = float(MOST_NEW), now
        self._full = False
        self._load(now)

    @property
    def frozen(self) -> dict[str, str]:
        """The names of those that have stopped, by id."""
        return {key: window.name for key, window in self._windows.items() if window.frozen}

    def known(self) -> set[str]:
        """All that are expected to paint."""
        return set(self._windows)

    def voices(self) -> bool:
        """Is there a window that paints, of a console that sounds in this room?"""
        return any(window.voice and not window.frozen for window in self._windows.values())

    def station_back(self, now: float) -> None:
        """The station listens (again): everybody gets the time to find it."""
        self._give(now + RETURN_SECONDS)

    def station_slow(self, now: float) -> None:
        """It was not heard for a while: what windows told it meanwhile is still on its way."""
        self._give(now + FROZEN_SECONDS)

    def _give(self, until: float) -> None:
        for window in self._windows.values():
            window.due = max(window.due, until)

    def hear(
        self, consoles: Iterable[object], goodbyes: Iterable[object], now: float, voices: Container[str] = ()
    ) -> list[dict[str, object]]:
        """What the station's heartbeat said: (id, name, paints) of each window that told, ids of those that were closed in order, and of
        those that can be heard in the room."""
        events: list[dict[str, object]] = []
        changed = False
        for told in consoles:
            if not isinstance(told, list) or len(told) != 3:
                continue
            key, name, paints = str(told[0]), str(told[1]), told[2]
            window = self._windows.get(key)
            if window is None:
                if self._has_place(key, now):
                    self._windows[key] = _Window(name, paints, now + FROZEN_SECONDS, voice=key in voices)
                    changed = True
            elif paints != window.paints:
                changed = changed or window.frozen or window.name != name
                if window.frozen:
                    events.append(_event("console_back", key, name))
                window.name, window.paints, window.due, window.frozen = name, paints, now + FROZEN_SECONDS, False
                window.voice = key in voices
        for key in map(str, goodbyes):
            changed = self._leave(key, events) or changed
        if changed:
            self._save()
        return events

    def judge(self, now: float, seen: Container[str] = ()) -> list[dict[str, object]]:
        """Who has stopped since the last time; called only while a station listens. `seen`: those whose alarm was acknowledged."""
        events: list[dict[str, object]] = []
        late = [key for key, window in self._windows.items() if not window.frozen and now > window.due]
        left = {key for key in (*late, *self.frozen) if self._data is not None and files.took_leave(self._data, key)}
        for key in left:
            self._leave(key, events)
        for key in late:
            if key not in left:
                self._windows[key].frozen, self._windows[key].since = True, now
                events.append(_event("console_frozen", key, self._windows[key].name))
        given_up = [key for key in self.frozen if key in seen and now - self._windows[key].since > FORGET_SECONDS]
        for key in given_up:
            events.append(_event("console_forgotten", key, self._windows.pop(key).name))
        if late or left or given_up:
            self._save()
        return events

    def _has_place(self, key: str, now: float) -> bool:
        """May one more become known?"""
        self._places = min(float(MOST_NEW), self._places + max(0.0, now - self._places_at) / NEW_SECONDS)
        self._places_at = now
        if len(self._windows) >= MOST_CONSOLES or self._places < 1:
            if not self._full:
                log.warning("too many screens: %s and others are not watched", key)
            self._full = True
            return False
        self._full = False
        self._places -= 1
        return True

    def _leave(self, key: str, events: list[dict[str, object]]) -> bool:
        window = self._windows.pop(key, None)
        if window is not None and window.frozen:
            events.append(_event("console_closed", key, window.name))
        return window is not None

    def _load(self, now: float) -> None:
        if self._data is None:
            return
        try:
            told = files.read_told(self._data / FILE)
            grace = RETURN_SECONDS if self._boot and told["boot"] == self._boot else BOOT_SECONDS
            for key, one in list(told["consoles"].items())[:MOST_CONSOLES]:
                self._windows[str(key)] = _Window(str(one["name"]), -1, now + grace, bool(one["frozen"]), now)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("which consoles were there is not known: %s cannot be read: %s", self._data / FILE, error)

    def _save(self) -> None:
        if self._data is None:
            return
        told = {key: {"name": window.name, "frozen": window.frozen} for key, window in self._windows.items()}
        try:
            files.write_private(self._data / FILE, json.dumps({"boot": self._boot, "consoles": told}))
        except OSError as error:
            log.warning("which consoles are there could not be written: %s", error)


def _event(event: str, key: str, name: str) -> dict[str, object]:
    return {"event": event, "console": key, "name": name}


def machine_start() -> str:
    """Which start of the machine this is; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
