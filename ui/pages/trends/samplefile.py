"""Brings the samples behind a chart into a file, in pieces: asks the station for a little, has it written by a thread, asks again.

Samples, never envelopes: a piece that comes back in buckets is asked again in halves. A fault that began before the span is looked for
further back, for it was recorded once, when it came. The file has its name only when it is whole. How a file is made is its writer's.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.envelope import Strip
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import moment

if TYPE_CHECKING:
    from cityops_desktop.model.envelope import Past
    from ui.link import Link

PIECE_MS, LONGEST_PIECE_MS, SHORTEST_PIECE_MS = 15 * 60_000, 86_400_000, 100
BUCKETS = 4000
FEW = 4000
"""Samples of a point below which the next piece is twice as long."""
RETRIES = 3
RETRY_MS = 2000
BEFORE_MS = 3_600_000
"""So far back the first question goes about what was in force when the span begins."""
BEFORE_BUCKETS, MOST_BEFORE = 400, 6
JOIN_SECONDS = 0.03
"""So long the window waits at most for the thread that writes; it tidies up later."""


class GivenUp(Exception):
    """The export was stopped while its writer wrote."""


@dataclass(frozen=True, slots=True)
class About:
    """What a reader of the file must know: the room, whether it is a demo, the span and its zone; the points with their whole names."""

    room: str
    demo: bool
    zone_name: str
    zone: tzinfo
    start: int
    end: int
    points: dict[str, PointInfo]
    names: dict[str, str]

    def time(self, ms: int) -> str:
        """A time of the room, with its offset."""
        return moment(ms, self.zone).isoformat(" ", "milliseconds")

    def head(self) -> list[list[str]]:
        """The same as rows of words."""
        rows = [[tr("DEMO"), tr("simulated data, not of a real room")]] if self.demo else []
        rows.append([tr("Room"), self.room])
        return [*rows, [tr("Span"), self.time(self.start), self.time(self.end)], [tr("Time zone"), self.zone_name]]


class Writer(Protocol):
    """Makes one kind of file, in a thread; every part may raise OSError."""

    def open(self, part: Path, about: About) -> None:
        """Begin the file under this passing name, which is there and empty."""
        ...

    def write(self, strips: dict[str, Strip], stop: Event) -> None:
        """The samples of a piece; GivenUp as soon as `stop` is set."""
        ...

    def close(self, stop: Event) -> None:
        """Make the file whole."""
        ...

    def abandon(self) -> None:
        """Let go of it; the file is removed by others."""
        ...


def about(model: RoomModel, points: list[PointInfo], start: int, end: int) -> About:
    """Of this room and these points."""
    names = {}
    for point in points:
        device = model.devices.get(point.device)
        names[point.key] = f"{pick(device.names) if device else point.device} · {pick(point.names)}"
    room = model.room
    title, zone = (pick(room.names), room.timezone) if room else ("", "")
    demo = room is not None and room.origin == "demo"
    return About(title, demo, zone, model.zone, start, end, {point.key: point for point in points}, names)


class SampleExport(QObject):
    """`progressed` tells percent, `ended` a sentence when it did not come to a good end, "" when the file is there."""

    progressed = Signal(int)
    ended = Signal(str)
    _written = Signal(object)

    def __init__(self, link: "Link", of: About, writer: Writer, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._of, self._writer, self._path = link, of, writer, path
        self._at, self._piece = of.start, PIECE_MS
        self._part = path.with_name(path.name + ".part")
        self._failures = 0
        self._over = False
        self._stop = Event()
        self._came_to = ""
        self._thread: Thread | None = None
        self._then: Callable[[], None] = self._ask
        self._before: dict[str, Strip] = {}
        self._searched = 0
        self._far, self._left = (0, 0), list[str]()
        self._waiting = QTimer(self, interval=RETRY_MS, singleShot=True)
        self._again: Callable[[], None] = self._ask
        self._waiting.timeout.connect(lambda: self._again())
        self._written.connect(self._after, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        """Begin the file, and ask what was in force before the span."""
        try:
            self._part.touch()
        except OSError as error:
            self._end_with(unwritten(self._path, error))
            return
        start, keys = self._of.start, list(self._of.points)
        look = partial(self._look_before, keys, max(0, start - BEFORE_MS), start, BUCKETS)
        self._write(lambda: self._writer.open(self._part, self._of), look)

    def cancel(self) -> None:
        """Leave no file behind."""
        self._end_with(tr("export given up: no file was written"))

    # what was in force when the span begins

    def _look_before(self, keys: list[str], start: int, end: int, buckets: int) -> None:
        if self._over:
            return
        self._again = lambda: self._look_before(keys, start, end, buckets)
        self._link.history(keys, start, max(start, end - 1), buckets, lambda past: self._found_before(past, keys, start))

    def _found_before(self, past: "Past | None", keys: list[str], start: int) -> None:
        """Faults of the hour before the span are at hand; whoever said nothing in it is looked for further back, one after the other."""
        if self._over or not self._answer_is_there(past):
            return
        assert past is not None
        oldest = past.oldest
        if len(keys) == len(self._of.points) and self._searched == 0:
            for key in keys:
                strip = past.strips.get(key)
                if strip is not None and len(strip) and strip.width == 0:
                    self._before[key] = strip.rows(len(strip) - 1, len(strip))
            silent = [key for key in keys if key not in self._before] if oldest is not None and oldest < start else []
            self._search(silent, oldest if oldest is not None else start, start)
            return
        key, rest = keys[0], self._left
        strip = past.strips.get(key)
        if strip is not None and len(strip):
            last = strip.rows(len(strip) - 1, len(strip))
            if strip.width and self._searched < MOST_BEFORE:
                self._searched += 1
                self._look_before([key], int(last.time[0]), int(last.end[0]) + 1, BEFORE_BUCKETS)
                return
            self._before[key] = last
        self._search(rest, self._far[0], self._far[1])

    def _search(self, keys: list[str], oldest: int, until: int) -> None:
        """The newest sample of each of these points between two times."""
        self._far, self._left, self._searched = (oldest, until), keys[1:], 1
        if keys:
            self._look_before(keys[:1], oldest, until, BEFORE_BUCKETS)
            return
        faults = {key: strip for key, strip in self._before.items() if strip.count[0] == 0}
        self._write(lambda: self._writer.write(faults, self._stop), self._ask)

    # the span

    def _ask(self) -> None:
        if self._over:
            return
        self._again = self._ask
        if self._at >= self._of.end:
            self._write(lambda: self._writer.close(self._stop), self._finish)
            return
        end = min(self._at + self._piece, self._of.end)
        self._link.history(list(self._of.points), self._at, end - 1, BUCKETS, lambda past: self._answered(past, end))

    def _answer_is_there(self, past: "Past | None") -> bool:
        if past is not None:
            self._failures = 0
            return True
        self._failures += 1
        if self._failures > RETRIES:
            self._end_with(tr("the station gives no answer: no file was written"))
        else:
            self._waiting.start()
        return False

    def _answered(self, past: "Past | None", end: int) -> None:
        if self._over or not self._answer_is_there(past):
            return
        assert past is not None
        if any(strip.width for strip in past.strips.values()) and self._piece > SHORTEST_PIECE_MS:
            self._piece = max(SHORTEST_PIECE_MS, self._piece // 2)
            self._ask()
            return
        most = max((len(strip) for strip in past.strips.values()), default=0)
        if most < FEW:
            self._piece = min(LONGEST_PIECE_MS, self._piece * 2)
        self._at = end
        strips = {key: strip for key, strip in past.strips.items() if len(strip) and key in self._of.points}
        self._write(lambda: self._writer.write(strips, self._stop), self._next)

    def _next(self) -> None:
        self.progressed.emit(100 * (self._at - self._of.start) // max(1, self._of.end - self._of.start))
        self._ask()

    # the thread that writes

    def _write(self, job: Callable[[], None], then: Callable[[], None]) -> None:
        self._then = then

        def run() -> None:
            told: object = None
            try:
                job()
            except (OSError, GivenUp) as error:
                told = error
            self._written.emit(told)

        self._thread = Thread(target=run, name="export", daemon=True)
        self._thread.start()

    def _after(self, error: object) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._over:
            self._let_go()
        elif isinstance(error, OSError):
            self._end_with(unwritten(self._path, error))
        else:
            self._then()

    def _finish(self) -> None:
        try:
            self._part.replace(self._path)
        except OSError as error:
            self._end_with(unwritten(self._path, error))
            return
        self._end_with("")

    def _end_with(self, said: str) -> None:
        if self._over:
            return
        self._over = True
        self._waiting.stop()
        self._stop.set()
        self._came_to = said
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)  # it looks at the stop sign after every few rows; a book that is being closed takes longer
        if self._thread is None or not self._thread.is_alive():
            self._let_go()
        self.ended.emit(said)

    def _let_go(self) -> None:
        """Nobody writes any more: what is no whole file goes, and so does this."""
        if self._came_to:
            self._writer.abandon()
            with suppress(OSError):  # what cannot be written cannot be removed either; the sentence says why
                self._part.unlink(missing_ok=True)
        self.deleteLater()


def unwritten(path: Path, error: OSError | str) -> str:
    """Why there is no file, and what to do."""
    why = error if isinstance(error, str) else error.strerror or str(error)
    return tr("{file} could not be written ({error}): choose another folder", file=path.name, error=why)
