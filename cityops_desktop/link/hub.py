"""Who listens to the station, and what each still has to be told. Bounded: only the newest state of a thing is ever kept.

Used from the station's event loop only. A listener that cannot keep up is told less often, never more late; one that takes
nothing for two seconds is closed and begins again with a full copy.
"""

import asyncio
from collections.abc import Callable, Iterable

from pydantic import TypeAdapter

from cityops_desktop.link.messages import AlarmInfo, Beat, Copy, LiveInfo, StationInfo

BATCH_SECONDS = 0.1
UNWRITABLE_SECONDS = 2.0
MOST_LISTENERS = 32

_LIVE = TypeAdapter(list[LiveInfo])
_ALARMS = TypeAdapter(list[AlarmInfo])


class Listener:
    """One open stream: the keys, alarms and the beat that it has not been sent yet. `via`: whose token it came by."""

    def __init__(self, via: str = "") -> None:
        self.via = via
        self.seq = 0
        self.keys: set[str] = set()
        self.alarms: dict[str, AlarmInfo] = {}
        self.station = False
        self.beat: Beat | None = None
        self.fresh = True
        self.closed = False
        self.wake = asyncio.Event()

    def next_seq(self) -> int:
        """The number of the next event on this stream."""
        self.seq += 1
        return self.seq


class Hub:
    """Collects what changed and wakes the listeners: batches at 10 Hz, alarms and heartbeats at once."""

    def __init__(
        self, copy: Callable[[], Copy], live: Callable[[Iterable[str]], list[LiveInfo]], station: Callable[[], StationInfo]
    ) -> None:
        self._copy = copy
        self._live = live
        self._station = station
        self._dirty: set[str] = set()
        self.listeners: set[Listener] = set()
        self.closed = False

    def open(self, via: str = "") -> Listener | None:
        """A new listener, whose first event will be a full copy; None when there are too many or the station is stopping."""
        if self.closed or len(self.listeners) >= MOST_LISTENERS:
            return None
        listener = Listener(via)
        self.listeners.add(listener)
        listener.wake.set()
        return listener

    def leave(self, listener: Listener) -> None:
        """The stream has ended."""
        self.listeners.discard(listener)

    def close(self) -> None:
        """End all streams; new ones are refused."""
        self.closed = True
        for listener in self.listeners:
            listener.closed = True
            listener.wake.set()

    def cut(self, via: str) -> None:
        """End the streams that came by this token: its console may listen no more."""
        for listener in self.listeners:
            if listener.via == via:
                listener.closed, listener.fresh, listener.station, listener.beat = True, False, False, None
                listener.keys.clear()
                listener.alarms.clear()
                listener.wake.set()

    def touch(self, keys: Iterable[str]) -> None:
        """These points have a new reading; sent with the next batch."""
        self._dirty.update(keys)

    def flush(self) -> None:
        """Hand the batch to every listener (called at 10 Hz)."""
        if not self._dirty:
            return
        dirty, self._dirty = self._dirty, set()
        for listener in self.listeners:
            listener.keys |= dirty
            listener.wake.set()

    def alarms(self, changed: Iterable[AlarmInfo]) -> None:
        """These alarms changed: told at once, with whatever else is waiting."""
        told = list(changed)
        for listener in self.listeners:
            listener.alarms.update((alarm.id, alarm) for alarm in told)
            listener.wake.set()

    def station_changed(self) -> None:
        """The station's own state changed."""
        for listener in self.listeners:
            listener.station = True
            listener.wake.set()

    def copy_again(self) -> None:
        """The room itself changed: everybody begins again with a full copy."""
        for listener in self.listeners:
            listener.fresh = True
            listener.wake.set()

    def beat(self, beat: Beat) -> None:
        """A heartbeat to everybody; flushes the batch with it."""
        self.flush()
        for listener in self.listeners:
            listener.beat = beat
            listener.wake.set()

    def take(self, listener: Listener, now: int) -> bytes:
        """All that this listener has not been sent, as server-sent events; empties what waits for it."""
        listener.wake.clear()
        if listener.fresh:
            listener.fresh = listener.station = False
            listener.keys.clear()
            listener.alarms.clear()
            listener.beat = None
            copy = self._copy().model_copy(update={"seq": listener.next_seq()})
            return _event(b"copy", copy.model_dump_json().encode())
        parts: list[bytes] = []
        if listener.keys or listener.alarms or listener.station:
            body = b'{"seq":%d,"now":%d' % (listener.next_seq(), now)
            if listener.keys:
                body += b',"live":' + _LIVE.dump_json(self._live(listener.keys), exclude_defaults=True)
            if listener.alarms:
                body += b',"alarms":' + _ALARMS.dump_json(list(listener.alarms.values()), exclude_defaults=True)
            if listener.station:
                body += b',"station":' + self._station().model_dump_json().encode()
            parts.append(_event(b"change", body + b"}"))
            listener.keys = set()
            listener.alarms = {}
            listener.station = False
        if listener.beat is not None:
            beat = listener.beat.model_copy(update={"seq": listener.next_seq()})
            listener.beat = None
            parts.append(_event(b"beat", beat.model_dump_json().encode()))
        return b"".join(parts)


def _event(name: bytes, data: bytes) -> bytes:
    return b"event: " + name + b"\ndata: " + data + b"\n\n"
