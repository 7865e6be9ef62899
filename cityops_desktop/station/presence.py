"""The windows that told the station since its last heartbeat that they paint. Passes it on to the supervisor; judges nobody."""

from cityops_desktop.link.messages import ConsoleBeat

MOST_WINDOWS = 64
"""Windows that are passed on in one second; more are nobody's consoles."""
MOST_NEWCOMERS = 16
"""Of those that were not heard lately: whoever makes names up takes no place of a window that is known."""
LATELY = 30
"""Heartbeats."""


class Presence:
    """Used from the station's event loop only."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[str, int]] = {}
        self._gone: set[str] = set()
        self._voices: set[str] = set()
        self._turn = 0
        self._newcomers: dict[str, int] = {}
        self._regulars: dict[str, int] = {}
        """Windows heard in more than one turn, and the newest."""

    def hear(self, beat: ConsoleBeat, name: str, *, remote: bool = False) -> bool:
        """A window told, here or on another machine; False when too many tell. Of those here it is passed on which can be heard."""
        key = f"{beat.console}/{beat.window}"
        known = key in self._regulars
        if beat.bye:
            self._heard.pop(key, None)
            if known or self._strangers(self._gone) < MOST_WINDOWS:
                self._gone.add(key)
        elif known or key in self._heard or self._strangers(self._heard) < MOST_NEWCOMERS:
            self._gone.discard(key)
            self._heard[key] = (name, beat.paints)
            (self._voices.add if beat.voice and not remote else self._voices.discard)(key)
        return key in self._heard or key in self._gone

    def take(self) -> dict[str, object]:
        """What the heartbeat to the supervisor says of it; empties what was heard."""
        told: dict[str, object] = {
            "consoles": [[key, name, paints] for key, (name, paints) in self._heard.items()],
            "goodbyes": sorted(self._gone),
            "voices": sorted(self._voices),
        }
        self._count()
        self._heard, self._gone, self._voices = {}, set(), set()
        return {key: value for key, value in told.items() if value}

    def _strangers(self, keys: dict[str, tuple[str, int]] | set[str]) -> int:
        return sum(key not in self._regulars for key in keys)

    def _count(self) -> None:
        """Who has been heard before is a regular from now on, while there is room."""
        self._turn += 1
        for key in self._heard:
            if key in self._regulars or (key in self._newcomers and len(self._regulars) < MOST_WINDOWS):
                self._regulars[key] = self._turn
            else:
                self._newcomers[key] = self._turn
        for turns in (self._newcomers, self._regulars):
            for key in [key for key, turn in turns.items() if turn < self._turn - LATELY]:
                del turns[key]
