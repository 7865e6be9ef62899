"""The alarms page in a storm: a hundred thousand rows, and a thousand alarms that come in a second."""

import tempfile
import time
from pathlib import Path
from statistics import median

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from bench.page import Measure
from bench.ui import made_room
from cityops_desktop.link.messages import AlarmInfo, Change, Copy, StationInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from ui import app as console
from ui import theme
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.alarms.page import AlarmsPage
from ui.sound import Sound
from ui.window import Window

NOW = 1_790_000_000_000
ROWS, STORM, BATCHES = 100_000, 1000, 10
LIMIT_STALL, LIMIT_SEEN = 100.0, 200.0
BATCH_SECONDS = 0.1
"""So often the station tells what has changed."""
WATCH_MS = 2
AFTER_SECONDS = 1.0


class Stalls:
    """How long the event loop did nothing else, by a timer that should come every 2 ms."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(interval=WATCH_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def begin(self) -> None:
        """Count from now on."""
        self.longest, self._last = 0.0, time.perf_counter()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest, self._last = max(self.longest, (now - self._last) * 1000), now


def measure_page(rounds: int = 5) -> list[Measure]:
    """A whole window, offscreen at 1366 x 768, with the alarms page in front."""
    app = console.application()
    console.load_fonts()
    theme.apply(app, theme.LIGHT)
    stalls, firsts, filters = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        model = RoomModel()
        window = Window(model, Link(Path(folder), model), Sound(model, players=()), asks=False)
        window.resize(1366, 768)
        window.show()
        keys = filled(model)
        window.show_page("alarms")
        page = window.page("alarms")
        assert isinstance(page, AlarmsPage)
        _until_settled(app, page)
        watch = Stalls()
        for turn in range(rounds):
            stall, first = storm(app, model, page, watch, keys, turn)
            stalls.append(stall)
            firsts.append(first)
            filters.append(_filtered(app, page, watch, turn))
        window.close()
    beside = f"{ROWS:,} rows, {STORM:,} alarms in a second, in {BATCHES} changes"
    spread = f"{min(stalls):.0f} to {max(stalls):.0f}, {rounds} storms"
    return [
        Measure("alarms page, longest stall in a storm", max(stalls), LIMIT_STALL, "ms", beside, spread),
        Measure("alarms page, the first of a storm on the screen", median(firsts), LIMIT_SEEN, "ms", "from the message to its paint"),
        Measure(
            "alarms page, longest stall while a filter is looked for", max(filters), LIMIT_STALL, "ms", f"every one of {ROWS:,} looked at"
        ),
    ]


def filled(model: RoomModel) -> list[str]:
    """A room of 96 racks with two sensors each and all these open alarms."""
    room = made_room(rows=4, racks=24)
    keys = [point.key for point in room.points]
    alarms = [made(n, keys[n % len(keys)], NOW - ROWS * 100 + n * 100) for n in range(ROWS)]
    station = StationInfo(boot="b", program="0", started=NOW, setup_required=False, recording=True)
    model.apply_copy(Copy(seq=1, now=NOW, room=room, live=[], alarms=alarms, station=station))
    model.set_connected(True)
    return keys


def made(number: int, subject: str, raised: int) -> AlarmInfo:
    """One of them; three of four are acknowledged."""
    state = AlarmState.ACKNOWLEDGED if number % 4 else AlarmState.UNACKNOWLEDGED
    return AlarmInfo(
        id=f"a{number:08d}",
        key=f"{subject}#{number}",
        subject=subject,
        cause=Cause.HIGH,
        level=1 + number % 4,
        state=state,
        raised=raised,
        value=31.4,
        limit=28.0,
    )


def storm(app: QApplication, model: RoomModel, page: AlarmsPage, watch: Stalls, keys: list[str], turn: int) -> tuple[float, float]:
    """The longest stall, and when the first of them was painted; ms."""
    began, first, sent = time.perf_counter(), 0.0, 0
    watch.begin()
    while (now := time.perf_counter() - began) < BATCHES * BATCH_SECONDS + AFTER_SECONDS:
        if sent < BATCHES and now >= sent * BATCH_SECONDS:
            base = ROWS + (turn * BATCHES + sent) * (STORM // BATCHES)
            alarms = [made(4 * (base + n), keys[n % len(keys)], NOW + turn * 1000 + sent) for n in range(STORM // BATCHES)]
            alarms = [one.model_copy(update={"level": 1 + n % 4}) for n, one in enumerate(alarms)]
            model.apply_change(Change(seq=2, now=NOW + turn * 1000 + sent, alarms=alarms))
            wanted, sent = alarms[0].id, sent + 1
            if not first:
                while page.table.row_of(wanted) is None:
                    app.processEvents()
                page.view.viewport().repaint()
                first = (time.perf_counter() - began) * 1000
        app.processEvents()
        time.sleep(0.001)
    return watch.longest, first


def _filtered(app: QApplication, page: AlarmsPage, watch: Stalls, turn: int) -> float:
    watch.begin()
    page.search.setText(f"temperature a{turn % 10}")
    _until_settled(app, page)
    page.search.clear()
    _until_settled(app, page)
    return watch.longest


def _until_settled(app: QApplication, page: AlarmsPage) -> None:
    end = time.perf_counter() + 30.0
    while not page.table.settled and time.perf_counter() < end:
        app.processEvents()
    app.processEvents()
