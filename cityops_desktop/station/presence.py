"""The windows that told the station since its last heartbeat that they paint. Passes it on to the supervisor; judges nobody."""

from cityops_desktop.link.messages import ConsoleBeat

MOST_WINDOWS = 64
"""Windows that are passed on in one second; more are nobody's consoles."""


class Presence:
    """Used from the station's event loop only."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[str, int]] = {}
        self._gone: set[str] = set()

    def hear(self, beat: ConsoleBeat, name: str) -> bool:
        """A window told; False when too many tell."""
        key = f"{beat.console}/{beat.window}"
        if beat.bye:
            self._heard.pop(key, None)
            self._gone = {*self._gone, key} if len(self._gone) < MOST_WINDOWS else self._gone
        elif key in self._heard or len(self._heard) < MOST_WINDOWS:
            self._gone.discard(key)
            self._heard[key] = (name, beat.paints)
        return key in self._heard or key in self._gone

    def take(self) -> dict[str, object]:
        """What the heartbeat to the supervisor says of it; empties what was heard."""
        told: dict[str, object] = {
            "consoles": [[key, name, paints] for key, (name, paints) in self._heard.items()],
            "goodbyes": sorted(self._gone),
        }
        self._heard, self._gone = {}, set()
        return {key: value for key, value in told.items() if value}
