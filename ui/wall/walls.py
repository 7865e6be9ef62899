"""The wall displays of this console: which monitors they belong on, kept over reboots; a monitor that goes takes its wall out of
sight, and when it comes back so does the wall. Paints nothing itself."""

import platform
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen

from ui.heartbeat import Heartbeat, shows
from ui.link import Link
from ui.models.forecasts import Forecasts
from ui.models.room import RoomModel
from ui.settings import Settings
from ui.wall.awake import Awake
from ui.wall.layout import Monitor, first_choice, matching
from ui.wall.wall import Wall


def monitor_of(screen: QScreen) -> Monitor:
    """A screen as it is remembered."""
    place = screen.geometry()
    return Monitor(
        screen.name(), screen.manufacturer(), screen.model(), screen.serialNumber(), (place.x(), place.y(), place.width(), place.height())
    )


class _Shown:
    """A wanted wall: its monitor, and its window and heartbeat once it has been shown."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.wall: Wall | None = None
        self.heart: Heartbeat | None = None
        self.screen: QScreen | None = None


class Walls(QObject):
    """`key` is where the layout stands in the settings: a console and a wall of its own remember each their own."""

    changed = Signal()
    """Other walls or other monitors than before."""
    lastClosed = Signal()
    """A person has closed the last of them."""

    def __init__(self, model: RoomModel, link: Link, settings: Settings, key: str, *, beats: bool = True) -> None:
        super().__init__()
        self._model, self._link, self._settings, self._key = model, link, settings, key
        self._beats = beats
        self._forecasts: Forecasts | None = None
        self.awake = Awake(self)
        self._walls = [_Shown(monitor) for text in settings.texts(key) if (monitor := Monitor.read(text)) is not None]
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        self._app = app
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.place)
        self._app.screenAdded.connect(self._screen_added)
        self._app.screenRemoved.connect(self._screen_removed)
        for screen in self._app.screens():
            screen.geometryChanged.connect(self._soon.start)

    @property
    def windows(self) -> list[Wall]:
        """The walls that stand on a monitor now."""
        return [one.wall for one in self._walls if one.wall is not None and one.wall.isVisible()]

    def choices(self) -> list[tuple[str, str, bool, bool]]:
        """For a menu: id, title, is a wall wanted there, is the monitor there. Wanted ones whose monitor is gone come last."""
        there = [monitor_of(screen) for screen in self._app.screens()]
        taken = {n: m for m, n in matching([one.monitor for one in self._walls], there).items()}
        told = [(monitor.text(), monitor.title, n in taken, True) for n, monitor in enumerate(there)]
        gone = [one.monitor for m, one in enumerate(self._walls) if m not in taken.values()]
        return [*told, *((monitor.text(), monitor.title, True, False) for monitor in gone)]

    def toggle(self, choice: str) -> None:
        """A wall on this monitor, or none any more. `choice` is an id of `choices()`."""
        told = next((one for one in self.choices() if one[0] == choice), None)
        monitor = Monitor.read(choice)
        if told is None or monitor is None:
            return
        if told[2]:
            wanted = [one.monitor for one in self._walls]
            mine = matching(wanted, [monitor])
            for m in mine:
                self._leave(self._walls[m])
        else:
            self._walls.append(_Shown(monitor))
        self._remember()
        self.place()

    def want(self, numbers: tuple[int, ...]) -> None:
        """Exactly these monitors, counted from 1 as the system lists them; none = the remembered ones, else the first choice."""
        screens = self._app.screens()
        if not numbers and self._walls:
            return
        chosen = [n - 1 for n in numbers] or first_choice([monitor_of(one) for one in screens], screens.index(self._app.primaryScreen()))
        self._walls = [_Shown(monitor_of(screens[n])) for n in dict.fromkeys(chosen) if 0 <= n < len(screens)]
        self._remember()

    def place(self) -> None:
        """Every wanted wall on its monitor, those without one out of sight."""
        screens = self._app.screens()
        found = matching([one.monitor for one in self._walls], [monitor_of(screen) for screen in screens])
        for m, one in enumerate(self._walls):
            if m in found:
                self._show(one, screens[found[m]])
            elif one.wall is not None:
                one.wall.hide()
                one.screen = None
        self.awake.hold() if self.windows else self.awake.release()
        self.changed.emit()

    def close(self) -> None:
        """All of them in order, and no longer; the layout is kept for the next time."""
        for one in self._walls:
            self._part(one)
        self.awake.release()

    def _show(self, one: _Shown, screen: QScreen) -> None:
        place = screen.geometry()
        if one.wall is None:
            self._forecasts = self._forecasts or Forecasts(self._model, self._link, self, looking=True)
            one.wall = Wall(self._model, self._forecasts, self.awake)
            one.wall.closed.connect(lambda: self._closed(one))
            name = f"{platform.node()} {one.monitor.title}".strip()
            window = f"wall {one.monitor.serial or one.monitor.name}"
            one.heart = Heartbeat(self._link, self._settings.console(), window[:128], name[:128], one.wall.count)
            one.heart.shows = partial(shows, self._model, None)
            if self._beats:
                one.heart.start()
        wall = one.wall
        if one.screen is screen and wall.isVisible() and wall.geometry() == place:
            return
        one.screen = screen
        if wall.isVisible():
            wall.hide()
        wall.setScreen(screen)
        wall.setGeometry(place)
        wall.showFullScreen()

    def _closed(self, one: _Shown) -> None:
        """By a person, at the wall itself."""
        self._leave(one)
        self._remember()
        self.place()
        if not self.windows:
            self.lastClosed.emit()

    def _leave(self, one: _Shown) -> None:
        if one in self._walls:
            self._walls.remove(one)
        if one.heart is None and self._beats:
            window = f"wall {one.monitor.serial or one.monitor.name}"
            one.heart = Heartbeat(self._link, self._settings.console(), window[:128], one.monitor.title[:128] or "wall")
        self._part(one)

    def _part(self, one: _Shown) -> None:
        wall, heart = one.wall, one.heart
        one.wall = one.heart = None
        if wall is not None:
            wall.closed.disconnect()
            wall.close()
            wall.deleteLater()
        if heart is not None and self._beats:
            heart.goodbye()
            heart.deleteLater()

    def _remember(self) -> None:
        self._settings.remember_texts(self._key, [one.monitor.text() for one in self._walls])
        self._settings.save()

    def _screen_added(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._soon.start)
        self._soon.start()

    def _screen_removed(self, screen: QScreen) -> None:
        """At once: Qt has moved the window to the first monitor, where somebody works."""
        for one in self._walls:
            if one.screen is screen and one.wall is not None:
                one.wall.hide()
                one.screen = None
        self._soon.start()
